import { truncateTo } from '../../shared/text/truncate.ts'

/** One column of a table. */
export interface Column<Row> {
  readonly title: string
  /** Left by default; numbers are aligned right. */
  readonly align?: 'left' | 'right'
  /** In characters; longer values are truncated. */
  readonly maxWidth?: number
  /** Returns the value as plain text without control characters. */
  text(row: Row): string
  /** Colours a value that is already padded to the column's width. */
  paint?(text: string, row: Row): string
}

const gap = '  '

/**
 * Renders a table as lines, the titles first. Every character counts as one terminal column.
 *
 * @param paintTitle colours the title line.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  paintTitle: (text: string) => string = (text) => text,
): readonly string[] {
  const cells = rows.map((row) => columns.map((column) => cutTo(column, column.text(row))))
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((row) => row[index]!.length)),
  )
  const pad = (text: string, index: number) => {
    if (columns[index]!.align === 'right') return text.padStart(widths[index]!)
    return index === columns.length - 1 ? text : text.padEnd(widths[index]!)
  }
  const titles = columns.map((column, index) => pad(column.title, index)).join(gap)
  return [
    paintTitle(titles.trimEnd()),
    ...rows.map((row, at) =>
      columns
        .map((column, index) => {
          const text = pad(cells[at]![index]!, index)
          return column.paint === undefined ? text : column.paint(text, row)
        })
        .join(gap),
    ),
  ]
}

function cutTo<Row>(column: Column<Row>, text: string): string {
  return column.maxWidth === undefined ? text : truncateTo(text, column.maxWidth, '…')
}
