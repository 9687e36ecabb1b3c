// Numbers as text for a clipboard: for spreadsheets, and as NumPy code. Pure: no DOM.

/** Rows of texts as Python prints them; null: masked. */
export type Texts = readonly (readonly (string | null)[])[];

export function tsvOf(rows: Texts): string {
  return rows.map((row) => row.map((text) => quoted(text ?? "")).join("\t")).join("\n");
}

const quoted = (text: string) => (/[\t\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** How code writes a dtype that NumPy has; what it lacks is exact in another one. */
function numpyDtype(dtype: string): string {
  if (/^(datetime|timedelta)64/.test(dtype)) return `"${dtype}"`;
  if (/^bfloat16|^float8|^float4/.test(dtype)) return "np.float32";
  if (/^u?int[24]$/.test(dtype)) return dtype.startsWith("u") ? "np.uint8" : "np.int8";
  return dtype === "bool" ? "bool" : `np.${dtype}`;
}

function literal(text: string | null, dtype: string): string {
  if (text === null) return dtype === "bool" ? "False" : "0";
  if (dtype.startsWith("complex")) return `complex("${text}")`;
  if (dtype.startsWith("datetime")) return `"${text}"`;
  if (text === "nan") return "np.nan";
  return text.replace("inf", "np.inf");
}

/** The array as code that makes the same bits; `line`: of one dim. */
export function numpyOf(rows: Texts, dtype: string, line: boolean): string {
  const masked = rows.some((row) => row.includes(null));
  const nested = (write: (text: string | null) => string) => {
    if (line) return `[${rows.map((row) => write(row[0])).join(", ")}]`;
    return `[${rows.map((row) => `[${row.map(write).join(", ")}]`).join(",\n ")}]`;
  };
  const values = nested((text) => literal(text, dtype));
  const type = `dtype=${numpyDtype(dtype)}`;
  if (!masked) return `np.array(${values}, ${type})`;
  const mask = nested((text) => (text === null ? "True" : "False"));
  return `np.ma.array(${values}, mask=${mask}, ${type})`;
}
