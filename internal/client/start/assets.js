// Styles and images that a developer saves are fetched anew, without a load: the server says
// which (Config.DevAssets), to nobody else.
function swapAssets(message) {
  if (message.event !== "liveview:assets") return;
  message.payload.names.forEach(function (name) {
    document.querySelectorAll("link[rel~=stylesheet]").forEach(function (link) {
      if (isAt(link.href, name)) swapStyle(link);
    });
    document.querySelectorAll("img").forEach(function (image) {
      if (isAt(image.src, name)) swapImage(image);
    });
  });
}

function isAt(url, name) {
  if (!url) return false;
  url = new URL(url, location.href);
  return url.origin === location.origin && decodeURI(url.pathname).endsWith("/" + name);
}

function afresh(url) {
  url = new URL(url, location.href);
  url.searchParams.set("liveview-saved", Date.now());
  return url.href;
}

// swapStyle takes the old one away when the new one is there, or the page would be without
// for a moment. One that is saved once more meanwhile isn't waited for.
function swapStyle(link) {
  if (link.liveviewNext) link.liveviewNext.remove();
  if (link.liveviewLast) return; // it is that one, or waits itself
  var next = link.cloneNode();
  next.href = afresh(link.href);
  link.liveviewNext = next;
  next.liveviewLast = link;
  next.onload = function () {
    if (link.liveviewNext !== next) return;
    next.liveviewLast = null;
    link.remove();
  };
  next.onerror = function () {
    link.liveviewNext = null;
    next.remove();
  };
  link.after(next);
}

// swapImage has the browser forget the old one first: where the view renders the element anew
// it asks for the URL of before.
function swapImage(image) {
  var src = image.src;
  function swap() {
    if (image.src === src) image.src = afresh(src);
  }
  fetch(src, {cache: "reload"}).then(swap, swap);
}
