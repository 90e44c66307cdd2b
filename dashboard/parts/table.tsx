import type { ComponentChildren } from 'preact';

/** A table that is wider than its place scrolls by itself, also by keyboard. */
export function Table(props: {
  readonly label: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="scroll" role="region" aria-label={props.label} tabIndex={0}>
      <table class={props.class}>{props.children}</table>
    </div>
  );
}

/** The head of a column that its table is sorted by when it is pressed, the other way round when it is pressed again. */
export function SortHead<C extends string>(props: {
  readonly column: C;
  readonly sorted: { readonly by: C; readonly isReversed: boolean };
  readonly onSort: (sorted: { readonly by: C; readonly isReversed: boolean }) => void;
  readonly number?: boolean;
  readonly children: ComponentChildren;
}) {
  const { column, sorted, onSort } = props;
  const isBy = sorted.by === column;
  const order = sorted.isReversed ? 'descending' : 'ascending';
  return (
    <th scope="col" class={props.number === true ? 'number' : undefined} aria-sort={isBy ? order : undefined}>
      <button
        type="button"
        class="sort"
        onClick={() => onSort({ by: column, isReversed: isBy && !sorted.isReversed })}
      >
        {props.children}
        <span aria-hidden="true">{isBy ? (sorted.isReversed ? ' ▲' : ' ▼') : ''}</span>
      </button>
    </th>
  );
}
