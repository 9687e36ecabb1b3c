// What the extras (extras.ts) share with the script that loads them: contexts, signals and caches
// must be the same objects in both. Extras import values from here and from their own folder alone.
export { effect, signal } from "@preact/signals";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { Fragment, jsx, jsxs } from "preact/jsx-runtime";
export { css, mixRgb, palette } from "./colour";
export { confirmed, copyText, UNSURE } from "./components/clipboard";
export { useScope } from "./components/context";
export { Icon } from "./components/Icon";
export { IconButton } from "./components/IconButton";
export { painted } from "./components/painted";
export { toneOf } from "./components/StateLine";
export { Switch } from "./components/Toolbar";
export { HUES, layersOf, namedOf } from "./conditions";
export { formatCell, formatCount } from "./format";
export { decodeFrame, holeOf, isMasked } from "./frame";
export { labelIn, wordsOf } from "./labels";
export { cellAt, columnsOf, offsetIn, positionOf, roleOf, rowsOf } from "./picture";
export { BLOCK, exactViewport } from "./sheetview";
export { sameRect } from "./viewport";
