// What went wrong, for developers: the server sends it to nobody else (Config.Dev).
// It goes away when the page is well again, by a join where none succeeded, and
// otherwise by an answer to what comes next.
var problem = null, problemBox = null;

function noteProblems(message) {
  if (message.topic.indexOf("lv:") !== 0) return;
  if (message.event === "liveview:problem") {
    if (message.payload.message) return showProblem(message.payload);
    if (problem && problem.stays) hideProblem();
    return;
  }
  if (!problem || problem.stays || message.event !== "phx_reply" || message.payload.status !== "ok") return;
  var isJoin = message.ref === message.join_ref;
  if (isJoin ? problem.joining : message.ref !== problem.ref) hideProblem();
}

function showProblem(p) {
  hideProblem();
  problem = p;
  var details = p.details.map(function (d) { return d[0] + ": " + d[1]; }).join("\n");
  console.error(p.message + "\n" + details);
  // Beside the body, where no view is: the client doesn't patch it.
  problemBox = document.createElement("aside");
  problemBox.id = "liveview-problem";
  problemBox.setAttribute("role", "alert");
  Object.assign(problemBox.style, {position: "fixed", inset: "auto 0 0 0", maxHeight: "50vh", overflow: "auto", zIndex: "2147483647",
    background: "#300", color: "#fff", font: "14px/1.5 monospace", padding: "1em"});
  var close = document.createElement("button");
  close.textContent = "Close";
  close.style.float = "right";
  close.onclick = hideProblem;
  var title = document.createElement("strong"), text = document.createElement("pre");
  title.textContent = p.message;
  text.textContent = details;
  text.style.whiteSpace = "pre-wrap";
  problemBox.append(close, title, text);
  document.documentElement.append(problemBox);
}

function hideProblem() {
  if (problemBox) problemBox.remove();
  problem = problemBox = null;
}
