import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { createColumnHelper, rowSelectionFeature, tableFeatures, useTable } from "@tanstack/react-table";
import { type CSSProperties, type ReactNode, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/hooks.ts";
import { Button, Icon } from "./button.tsx";

export interface Column<Row> {
  id: string;
  /** The heading; on a phone it stands before each cell. */
  head: string;
  cell: (row: Row) => ReactNode;
  /** Figures stand at the right. */
  right?: boolean;
  /** What the row is about: first, bold where it is a name, and without its heading on a phone. */
  lead?: boolean;
  /** Its cells say what they are: a chip, a name. In a dense table on a phone they stand without its heading. */
  plain?: boolean;
  /** Its cells hold buttons: on a phone they stand without its heading, below the rest. */
  act?: boolean;
  /** May the server sort by it? Its `id` is what is asked for. */
  sortable?: boolean;
  /** Least width, in rem, for columns with strips and names. */
  minWidth?: number;
}

export interface Sort {
  by: string;
  descending: boolean;
}

export interface Paging {
  /** Counted from 0. */
  page: number;
  pageSize: number;
  total: number;
  onPage: (page: number) => void;
  /** Beside the count: "Value strips run from €5 to €3,000, logarithmic." */
  note?: ReactNode;
}

interface DataTableProps<Row> {
  /** What the rows are, for a screen reader. */
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowId: (row: Row) => string;
  sort?: Sort | undefined;
  onSort?: (sort: Sort) => void;
  /** With both, rows can be chosen; `bulk` is what can be done with them. */
  chosen?: string[];
  onChoose?: (ids: string[]) => void;
  /** Names a row for its box: "Choose Aylin Demir". */
  rowName?: (row: Row) => string;
  bulk?: (chosen: string[]) => ReactNode;
  paging?: Paging | undefined;
  /** For long lists of short cells: on a phone the cells of a row flow in lines, and those with nothing are left out. */
  dense?: boolean;
  /** The row that is in use or looked at. */
  isMarked?: (row: Row) => boolean;
}

const features = tableFeatures({ rowSelectionFeature });

/**
 * A table on wide screens, a card a row on narrow ones. Sorting, paging and filtering are the server's;
 * the order and the choice are the page's state, mostly in its address.
 */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, rows, rowId, sort, onSort, chosen, onChoose, rowName, bulk, paging, isMarked, dense } =
    props;
  const { t } = useTranslation("design");
  const name = useId();
  const columns = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>();
    return helper.columns(
      props.columns.map((column) =>
        helper.display({ id: column.id, header: column.head, cell: ({ row }) => column.cell(row.original) }),
      ),
    );
  }, [props.columns]);
  const byId = useMemo(() => new Map(props.columns.map((column) => [column.id, column])), [props.columns]);
  const rowSelection = useMemo(
    () => Object.fromEntries((chosen ?? []).map((id) => [id, true as const])),
    [chosen],
  );
  const isChoosing = Boolean(chosen && onChoose);

  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: rowId,
    enableRowSelection: isChoosing,
    state: { rowSelection },
    onRowSelectionChange: (change) => {
      const next = typeof change === "function" ? change(rowSelection) : change;
      onChoose?.(Object.keys(next).filter((id) => next[id]));
    },
  });

  return (
    <>
      <div className="wrap">
        <table className={dense ? "tbl cards dense" : "tbl cards"} aria-label={label}>
          <thead>
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id}>
                {isChoosing ? (
                  <th className="pick" scope="col">
                    <input
                      type="checkbox"
                      className="tick"
                      aria-label={t("table.chooseAll")}
                      checked={rows.length > 0 && table.getIsAllRowsSelected()}
                      ref={(box) => {
                        if (box)
                          box.indeterminate = table.getIsSomeRowsSelected() && !table.getIsAllRowsSelected();
                      }}
                      onChange={(event) => table.toggleAllRowsSelected(event.currentTarget.checked)}
                    />
                  </th>
                ) : null}
                {group.headers.map((header) => {
                  const column = byId.get(header.column.id);
                  return column ? <Head key={header.id} column={column} sort={sort} onSort={onSort} /> : null;
                })}
              </tr>
            ))}
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => (
              <tr
                key={row.id}
                aria-selected={isChoosing ? row.getIsSelected() : isMarked?.(row.original) || undefined}
              >
                {isChoosing ? (
                  <td className="pick lead">
                    <input
                      type="checkbox"
                      className="tick"
                      aria-label={t("table.choose", { name: rowName?.(row.original) ?? row.id })}
                      checked={row.getIsSelected()}
                      onChange={(event) => row.toggleSelected(event.currentTarget.checked)}
                    />
                  </td>
                ) : null}
                {row.getAllCells().map((cell) => {
                  const column = byId.get(cell.column.id);
                  if (!column) return null;
                  return (
                    <td
                      key={cell.id}
                      className={classOf(column, dense && column.cell(row.original) === nothing)}
                      data-h={column.head}
                      style={
                        column.minWidth ? ({ "--min": `${column.minWidth}rem` } as CSSProperties) : undefined
                      }
                    >
                      <table.FlexRender cell={cell} />
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {chosen && chosen.length > 0 && bulk ? (
        <section className="bulk" aria-labelledby={name}>
          <b id={name} aria-live="polite">
            {t("table.chosen", { count: chosen.length })}
          </b>
          <span className="push row tight">{bulk(chosen)}</span>
        </section>
      ) : null}
      {paging ? <Pager {...paging} /> : null}
    </>
  );
}

/** What stands in a cell that has nothing to say. */
const nothing = "–";

function classOf<Row>({ right, lead, plain, act }: Column<Row>, isNothing = false): string | undefined {
  const words = [right && "r", lead && "lead", plain && "plain", act && "act", isNothing && "nothing"];
  return words.filter(Boolean).join(" ") || undefined;
}

function Head<Row>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}) {
  const isSorted = sort?.by === column.id;
  const className = column.right ? "r" : undefined;
  if (!column.sortable || !onSort) {
    return (
      <th scope="col" className={className}>
        {column.head}
      </th>
    );
  }
  // The first press on figures shows the largest first, on words the alphabet.
  const next = { by: column.id, descending: isSorted ? !sort.descending : Boolean(column.right) };
  return (
    <th
      scope="col"
      className={className}
      aria-sort={isSorted ? (sort.descending ? "descending" : "ascending") : undefined}
    >
      <button type="button" className="sort" onClick={() => onSort(next)}>
        {column.head}
        {isSorted ? <Icon of={sort.descending ? IconArrowDown : IconArrowUp} /> : null}
      </button>
    </th>
  );
}

/** Some rows at a time of a list that is here as a whole; a short one has no pages. */
export function usePages<Row>(rows: Row[], pageSize = 20): { rows: Row[]; paging: Paging | undefined } {
  const [chosen, setPage] = useState(0);
  const page = Math.min(chosen, Math.max(0, Math.ceil(rows.length / pageSize) - 1));
  return {
    rows: rows.slice(page * pageSize, (page + 1) * pageSize),
    paging: rows.length > pageSize ? { page, pageSize, total: rows.length, onPage: setPage } : undefined,
  };
}

/** Which rows these are of how many, and the way to the next. */
function Pager({ page, pageSize, total, onPage, note }: Paging) {
  const { t } = useTranslation("design");
  const f = useFormats();
  const first = total === 0 ? 0 : page * pageSize + 1;
  const last = Math.min(total, (page + 1) * pageSize);
  return (
    <nav className="row spread pad sm dim pager" aria-label={t("table.pages")}>
      <span>
        {t("table.range", { first: f.number(first), last: f.number(last), total: f.number(total) })} {note}
      </span>
      {total > pageSize ? (
        <span className="row">
          <Button disabledReason={page === 0 ? t("table.first") : undefined} onClick={() => onPage(page - 1)}>
            {t("table.back")}
          </Button>
          <Button
            disabledReason={last >= total ? t("table.last") : undefined}
            onClick={() => onPage(page + 1)}
          >
            {t("table.next")}
          </Button>
        </span>
      ) : null}
    </nav>
  );
}
