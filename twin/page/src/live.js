// Keeps the page live: one websocket, opened again by itself when the twin goes away and comes back. While it is
// away the person sees "Connecting…" at the top; when it returns, everything on the screen is asked for afresh.

const FIRST_WAIT = 300;
const LONGEST_WAIT = 4000;
const BREATH = 40;

// Opens the live line of one person and returns a function that closes it for good. `onEvents` gets a list of
// events; `onOpen(again)` tells whether the line had been open before.
export function connect(as, { onEvents, onOpen, onLost }) {
  let socket = null;
  let timer = null;
  let wait = FIRST_WAIT;
  let closed = false;
  let opened = false;

  const open = () => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/twin/live?as=${encodeURIComponent(as)}`);
    socket.onopen = () => {
      wait = FIRST_WAIT;
      onOpen(opened);
      opened = true;
    };
    socket.onmessage = (frame) => take(JSON.parse(frame.data));
    socket.onclose = () => {
      if (closed) return;
      onLost();
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
  };

  // The first event is shown at once; those that follow within a breath are shown together, so that a flood of
  // messages does not draw the window once for each.
  let waiting = [];
  let breath = null;
  const take = (event) => {
    if (closed) return;
    waiting.push(event);
    if (!breath) show();
  };
  const show = () => {
    breath = null;
    if (!waiting.length) return;
    const events = waiting;
    waiting = [];
    breath = setTimeout(show, BREATH);
    onEvents(events);
  };

  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    clearTimeout(breath);
    socket.close();
  };
}
