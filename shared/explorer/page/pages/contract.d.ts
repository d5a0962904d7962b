// What the keyboard shortcuts need of a page, for the type check alone.

/** The page that is shown. Pages have different parts. */
export interface Page {
  element: HTMLElement;
  close(): void;
  /** Focuses what the reader needs first. */
  begin?(): void;
  /** The list: the search, and moving the focus to the rows. */
  filterForm?: { input: HTMLInputElement };
  enter?(): void;
  /** The journey page, when it has loaded: what the keys control. */
  viewer?: {
    go(by: number): void;
    toggleTable(): void;
    details: { open(tab: "overview" | "linked"): void };
    toolbar: { input: HTMLInputElement };
    chart: { selected?: number; select(p: undefined): void };
  };
}
