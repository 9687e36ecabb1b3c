// A file of the selection: made in the kernel, fetched in chunks, handed to the browser.
import type { Channel } from "../channel";

export interface Saved {
  name: string;
  note: string | null;
}

/** Fetches a file and downloads it; null if it was stopped. */
export async function saveFile(
  channel: Channel,
  form: "npy" | "csv",
  progress: (done: number, size: number) => void,
  stopped: () => boolean,
): Promise<Saved | null> {
  const chunks: BlobPart[] = [];
  let [done, size, of, name, note] = [0, 1, "", "", null as string | null];
  while (done < size) {
    const body = of
      ? { kind: "save", form, of, offset: done }
      : { kind: "save", form, consent: true };
    const answer = await channel.request("file", body);
    const file = answer?.reply.file;
    if (!file || stopped()) return null;
    const chunk = answer.buffers[0];
    if (!of) [of, name, note] = [file.of, file.name ?? `values.${form}`, file.note ?? null];
    size = file.size;
    if (chunk.byteLength === 0 && done < size) throw new Error("The kernel sent an empty chunk");
    chunks.push(chunk as unknown as BlobPart);
    done += chunk.byteLength;
    progress(done, size);
  }
  download(new Blob(chunks, { type: "application/octet-stream" }), name);
  return { name, note };
}

function download(blob: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
