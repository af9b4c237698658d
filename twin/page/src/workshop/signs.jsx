// The workshop's own line icons, in the manner of the window's.

const PATHS = {
  in: "M14.5 5.5l-8 8M6.5 7.5v6h6",
  out: "M6.5 13.5l8-8M8.5 5.5h6v6",
  pulse: "M2.5 10.5h3.2L8 4.5l3.6 11 2.4-5h3.5",
  bolt: "M11 3L5 11.2h4.4L8.6 17 15 8.8h-4.6z",
  clock: "M10 17a7 7 0 100-14 7 7 0 000 14zM10 6v4.2l2.8 1.8",
  tape: "M10 17a7 7 0 100-14 7 7 0 000 14zM10 12a2 2 0 100-4 2 2 0 000 4z",
  pause: "M7 4.5v11M13 4.5v11",
  play: "M6.5 4.5l9 5.5-9 5.5z",
  clear: "M10 17a7 7 0 100-14 7 7 0 000 14zM5.2 5.2l9.6 9.6",
  right: "M3.5 4.5h13v11h-13zM12 4.5v11",
  bottom: "M3.5 4.5h13v11h-13zM3.5 11.5h13",
  window: "M11.5 3.5h5v5M16.5 3.5l-7 7M15 11.5V16H4V5h4.5",
  close: "M5 5l10 10M15 5L5 15",
  copy: "M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3",
  target: "M10 14.5a4.5 4.5 0 100-9 4.5 4.5 0 000 9zM10 2.5v4M10 13.5v4M2.5 10h4M13.5 10h4",
  search: "M9 14.5a5.5 5.5 0 100-11 5.5 5.5 0 000 11zM13.2 13.2l3.6 3.6",
  down: "M10 4v11M5 10.5l5 5 5-5",
  up: "M10 16V5M5 9.5l5-5 5 5",
  twist: "M7.5 5.5l4.5 4.5-4.5 4.5",
  warn: "M10 3.5l7.5 13h-15zM10 8.5v3.5M10 14.3v.01",
  jump: "M4 10h11M10.5 5.5L15 10l-4.5 4.5",
  wrench: "M12.2 7.8a3.4 3.4 0 004.3-4.3M12.2 7.8L4.7 15.3a1.4 1.4 0 01-2-2l7.5-7.5a3.4 3.4 0 014.3-4.3l-2.3 2.3.4 1.7 1.7.4 2.2-2.3",
  plug: "M7 3.5v4M13 3.5v4M5 7.5h10v2.8a5 5 0 01-10 0zM10 15.3v2.2",
};

export function Sign({ name, size = 18 }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
