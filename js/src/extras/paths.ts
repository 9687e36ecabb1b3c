// Icons that a scope's first picture does not need, on a 16 px grid.
export const PAUSE = "M5.5 3.5v9M10.5 3.5v9";
export const PLAY = "M5 3l8 5-8 5z";
export const CLOSE = "M4 4l8 8M12 4l-8 8";
export const EYE =
  "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6a2 2 0 100 4 2 2 0 000-4z";
export const EYE_OFF = "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM3 13L13 3";
export const NEXT = "M3 3l6 5-6 5zM11.5 3v10";
