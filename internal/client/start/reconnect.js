// Clients that lost one server come back over a few seconds, not at once.
function jittered(delays, longest) {
  return function (tries) {
    var delay = delays[tries - 1] || longest;
    return delay / 2 + Math.random() * delay;
  };
}

// A socket closed with 1008 (RFC 6455: policy violation) had more than its
// share. Its page comes back after a while, and not at once.
function yieldWhenTold(socket, states) {
  // A message was larger than is even read. What is in the page's forms would be sent
  // again, so that the socket is closed again.
  function stopIfTooLarge() {
    if (states.drop()) return;
    socket.disconnect();
    showNotice("refused");
    console.error("liveview: the page sent a message that is far too large, and stays as it is: nothing more is sent");
  }
  socket.onError(function (error) {
    if (error === 413) stopIfTooLarge(); // by long-poll
  });
  socket.onClose(function (event) {
    if (event.code === 1009) stopIfTooLarge();
    if (event.code !== 1008) return;
    socket.disconnect(); // or it tries by itself
    setTimeout(function () { socket.connect(); }, 5000 + Math.random() * 5000);
  });
}
