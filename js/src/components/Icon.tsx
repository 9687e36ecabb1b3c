// Line icons on a 16 px grid, in the colour of the text beside them.
const PATHS = {
  rows: "M4 3v10M2 11l2 2 2-2M8 4h6M8 8h4.5M8 12h3",
  columns: "M3 4h10M11 2l2 2-2 2M4 8v6M8 8v4.5M12 8v3",
  grid: "M2.5 2.5h4.5v4.5h-4.5zM9 2.5h4.5v4.5h-4.5zM2.5 9h4.5v4.5h-4.5zM9 9h4.5v4.5h-4.5z",
  reduce: "M12 4V2.5H4L8.5 8 4 13.5h8V12",
  chevron: "M4.5 6.5L8 10l3.5-3.5",
  left: "M10 3.5L5.5 8l4.5 4.5",
  right: "M6 3.5L10.5 8 6 12.5",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  done: "M3 8.5l3.5 3.5L13 4.5",
  pin: "M5.5 2.5h5M6.5 2.5v4L4.5 9h7l-2-2.5v-4M8 9v5",
  zoomIn: "M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.5 10.5L14 14M7 5v4M5 7h4",
  fit: "M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3",
  warn: "M8 2.5L14 13.5H2zM8 6.5v3.5M8 11.7v.3",
  error: "M8 2a6 6 0 100 12A6 6 0 008 2zM8 5v3.8M8 10.8v.3",
  refresh: "M13 8a5 5 0 11-1.5-3.6M13 2.5v3h-3",
  keys: "M6.2 6.2a1.9 1.9 0 113 1.6c-.8.5-1.2.9-1.2 1.7M8 11.6v.3M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8z",
  table: "M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.6h11M6.2 3v10",
  undo: "M5.5 3L2.5 6l3 3M2.5 6h6.5a4 4 0 010 8H6",
  redo: "M10.5 3l3 3-3 3M13.5 6H7a4 4 0 000 8h3",
  state:
    "M6 2.5H5A1.5 1.5 0 003.5 4v2.5L2 8l1.5 1.5V12A1.5 1.5 0 005 13.5h1M10 2.5h1A1.5 1.5 0 0112.5 4v2.5L14 8l-1.5 1.5V12a1.5 1.5 0 01-1.5 1.5h-1",
  rgb: "M8 2a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM5.5 6.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM10.5 6.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7z",
  plus: "M8 3v10M3 8h10",
} as const;

/** What few widgets show brings its own path (extras/paths.ts). */
export type IconName = keyof typeof PATHS | `M${string}`;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="ts-icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name as keyof typeof PATHS] ?? name} />
    </svg>
  );
}

/** Six dots: something to drag by. */
export function Grip() {
  return (
    <svg class="ts-grip-dots" width="8" height="14" viewBox="0 0 8 14" aria-hidden="true">
      {[2, 7, 12].map((y) => (
        <>
          <circle cx="1.5" cy={y} r="1.2" />
          <circle cx="6.5" cy={y} r="1.2" />
        </>
      ))}
    </svg>
  );
}
