// A file of the selection: made in the kernel, fetched in chunks, handed to the browser.
import type { Channel } from "../channel";

export interface Saved {
  name: string;
  note: string | null;
}

/** One file on its way; it can be stopped, here and in the kernel. */
export class Saving {
  #stopped = false;
  /** The request that is being answered, and the one that the file belongs to. */
  #asked = "";
  #of = "";

  constructor(
    private readonly channel: Channel,
    private readonly form: "npy" | "csv",
  ) {}

  /** Fetches the file and downloads it; null if it was stopped. */
  async run(progress: (done: number, size: number) => void): Promise<Saved | null> {
    const chunks: BlobPart[] = [];
    let [done, size, name, note] = [0, 1, "", null as string | null];
    while (done < size) {
      const answer = await this.#chunk(done);
      if (this.#stopped || !answer?.reply.file) return null;
      const { file } = answer.reply;
      const chunk = answer.buffers[0];
      if (!this.#of) [this.#of, name] = [file.of, file.name ?? `values.${this.form}`];
      note ??= file.note ?? null;
      size = file.size;
      if (chunk.byteLength === 0 && done < size) throw new Error("The kernel sent an empty chunk");
      chunks.push(chunk as unknown as BlobPart);
      done += chunk.byteLength;
      progress(done, size);
    }
    download(new Blob(chunks, { type: "application/octet-stream" }), name);
    return { name, note };
  }

  /** Lets the kernel stop writing, or forget what it wrote. */
  stop() {
    this.#stopped = true;
    return this.channel.request("cancel", { kind: "cancel", target: this.#of || this.#asked });
  }

  async #chunk(offset: number) {
    const { form } = this;
    const of = this.#of;
    const body = of ? { kind: "save", form, of, offset } : { kind: "save", form, consent: true };
    try {
      const answer = await this.channel.request("file", (req) => {
        this.#asked = req;
        return body;
      });
      // It was finished just before the kernel heard that nobody wants it.
      if (this.#stopped && !of) await this.stop();
      return answer;
    } catch (error) {
      // Whatever became of a file that nobody waits for any more is no trouble.
      if (this.#stopped) return null;
      throw error;
    }
  }
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
