// Tensors as rows: a small picture, name, dtype, shape, range, what is not finite.
import { formatCount } from "../format";

export interface Row {
  key: string;
  dtype: string;
  shape: string;
  min: string;
  max: string;
  nan: string;
  inf: string;
  png: string;
  /** What stands in place of numbers, where there are none. */
  text: string;
  opens: boolean;
}

export interface TableProps {
  name: string;
  count: number;
  rows: Row[];
  chosen: number;
  trouble: string;
  /** A row's place, or -1 to close the one that is open. */
  onOpen: (row: number) => void;
}

export function Table({ name, count, rows, chosen, trouble, onOpen }: TableProps) {
  const more = count - rows.length;
  return (
    <section class="ts-scope ts-table" aria-label={name}>
      <header class="ts-header">
        <b class="ts-name">{name}</b>
        <span class="ts-dim2">{formatCount(count)} members</span>
      </header>
      <div class="ts-table-box">
        <table aria-label={`Tensors in ${name}`}>
          <thead>
            <tr>
              <th>
                <span class="ts-sr">picture</span>
              </th>
              <th>name</th>
              <th>dtype</th>
              <th>shape</th>
              <th class="ts-right">min</th>
              <th class="ts-right">max</th>
              <th class="ts-right">nan</th>
              <th class="ts-right">inf</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <Line
                key={at}
                row={row}
                open={at === chosen}
                onOpen={() => onOpen(at === chosen ? -1 : at)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {more > 0 && <p class="ts-dim2 ts-more">and {formatCount(more)} more</p>}
      <p class="ts-err" role="alert">
        {trouble}
      </p>
    </section>
  );
}

function Line({ row, open, onOpen }: { row: Row; open: boolean; onOpen: () => void }) {
  const some = (text: string) => (/[1-9]/.test(text) ? "ts-right ts-nan" : "ts-right");
  return (
    <tr class={open ? "ts-open" : ""} onClick={row.opens ? onOpen : undefined}>
      <td class="ts-thumb">{row.png && <img alt="" src={`data:image/png;base64,${row.png}`} />}</td>
      <th scope="row">
        {row.opens ? (
          <button
            type="button"
            class="ts-bare"
            aria-expanded={open}
            onClick={(event) => {
              event.stopPropagation();
              onOpen();
            }}
          >
            {row.key}
          </button>
        ) : (
          row.key
        )}
      </th>
      {row.dtype ? (
        <>
          <td>{row.dtype}</td>
          <td>{row.shape}</td>
          <td class="ts-right">{row.min}</td>
          <td class="ts-right">{row.max}</td>
          <td class={some(row.nan)}>{row.nan}</td>
          <td class={some(row.inf)}>{row.inf}</td>
        </>
      ) : (
        <td class="ts-dim2" colSpan={6}>
          {row.text}
        </td>
      )}
    </tr>
  );
}
