// What a page without a kernel holds: slices, each as the kernel answered for it.
import { decodeFrame, type Frame } from "../frame";
import type { FrameHeader, HitPage, Info, State, Stats, TilePage } from "../protocol";

export interface Recorded {
  info: Info;
  tensor: Stats | null;
  /** How much of the tensor is here, in words. */
  held: string;
  /** Compressed slices in base64, the one on show first. */
  slices: string[];
}

export interface Slice {
  state: State;
  header: FrameHeader;
  buffers: DataView[];
  frame: Frame;
  stats: Stats | null;
  hits: HitPage | null;
  /** Of a grid: statistics and marks of its tiles. */
  tiles: TilePage | null;
  top: Record<"largest" | "smallest" | "magnitude", HitPage | null>;
}

type Head = Omit<Slice, "frame" | "header" | "buffers"> & {
  frame: FrameHeader;
  lengths: number[];
};

/** Undoes base64 and compression; the frame is decoded when it is first looked at. */
export async function unpack(text: string): Promise<Slice> {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = await new Response(stream).arrayBuffer();
  const length = new DataView(bytes).getUint32(0, true);
  const head: Head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  let at = 4 + length;
  const buffers = head.lengths.map((size) => {
    const view = new DataView(bytes, at, size);
    at += size;
    return view;
  });
  const { frame: header, lengths: _, ...rest } = head;
  let frame: Frame | null = null;
  return {
    ...rest,
    header,
    buffers,
    get frame() {
      frame ??= decodeFrame(header, buffers);
      return frame;
    },
  };
}

/** An expression as it is compared: no brackets, no spaces, every dim named. */
export function normal(expr: string, dims: number): string {
  const bare = expr.replace(/\s+/g, "").replace(/^\[|\]$/g, "");
  const parts = bare === "" ? [] : bare.split(",").filter((part) => part !== "");
  const dots = parts.indexOf("...");
  const missing = dims - (parts.length - (dots >= 0 ? 1 : 0));
  const rest = new Array<string>(Math.max(0, missing)).fill(":");
  if (dots >= 0) parts.splice(dots, 1, ...rest);
  else parts.push(...rest);
  return parts.join();
}
