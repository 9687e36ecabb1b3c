// A frame put together from its header and buffers, and how to read its cells. Pure: no DOM.
import { decode, itemSize, type Values } from "./dtype";
import type { FrameHeader } from "./protocol";

export interface Frame extends FrameHeader {
  /** The cells, or the smallest values of reduced ones. */
  values: Values;
  /** The largest values of reduced cells. */
  upper: Values | null;
  flags: Uint8Array | null;
  mask: Uint8Array | null;
  /** What the cells of a spoken frame say, shortened; null where they are too many. */
  texts: string[] | null;
  /** How many cells are masked: places that hold no value. */
  hidden: number;
  /** Names a picture that was shown ahead of the kernel's answer. */
  step?: string;
}

/** Bits of a cell's flags: of a reduced one, of one that is masked, of a date that is none. */
export const FLAG = { nan: 1, posinf: 2, neginf: 4, none: 8, masked: 16 } as const;

export const holeOf = (frame: Frame) => frame.hole ?? "masked";

/** The type by which colours are chosen. */
export const colourType = (frame: Frame) => (frame.spoken ? "date" : frame.dtype);

/** Whether nothing in a cell holds a value. */
export function isMasked(frame: Frame, i: number): boolean {
  const f = frame.flags ? frame.flags[i] : 0;
  return (f & FLAG.masked) !== 0 && (frame.exact || (f & FLAG.none) !== 0);
}

const EMPTY = new DataView(new ArrayBuffer(0));

/** Puts a frame's header and buffers together, and checks that they fit. */
export function decodeFrame(header: FrameHeader, buffers: readonly DataView[]): Frame {
  const named = (name: string) => {
    const at = header.buffers.indexOf(name);
    return at < 0 ? null : (buffers[at] ?? EMPTY);
  };
  const cells = header.shape[0] * header.shape[1] * header.shape[2];
  const low = named("values") ?? named("lo");
  if (!low) throw new Error("The kernel sent a frame without values");
  if (low.byteLength !== cells * itemSize(header.dtype)) {
    throw new Error(
      `The kernel sent ${low.byteLength} bytes for ${cells} values of ${header.dtype}`,
    );
  }
  const high = named("hi");
  const words = named("texts");
  const frame: Frame = {
    ...header,
    values: decode(header.dtype, low),
    upper: high && decode(header.dtype, high),
    flags: bytes(named("flags")),
    mask: bytes(named("mask")),
    texts: words && JSON.parse(new TextDecoder().decode(words)),
    hidden: 0,
  };
  return frame.flags ? withoutMasked(frame, cells) : frame;
}

/** Takes what is masked, and what is no date, out of the numbers that colours are made from. */
function withoutMasked(frame: Frame, cells: number): Frame {
  const { flags, exact, values, upper } = frame;
  if (!flags) return frame;
  const hidden = flags.reduce((n, _, i) => n + (isMasked(frame, i) ? 1 : 0), 0);
  if (!exact && hidden === 0) return frame;
  const bare = (from: Values): Values => {
    const numbers = Float64Array.from(from.numbers, Number);
    for (let i = 0; i < cells; i++) {
      if (isMasked(frame, i) || (exact && flags[i] & FLAG.nan)) numbers[i] = Number.NaN;
    }
    return { ...from, numbers, text: (i) => (isMasked(frame, i) ? holeOf(frame) : from.text(i)) };
  };
  return { ...frame, hidden, values: bare(values), upper: upper && bare(upper) };
}

function bytes(view: DataView | null): Uint8Array | null {
  return view && new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
