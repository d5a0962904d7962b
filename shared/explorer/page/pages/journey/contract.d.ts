// What the parts of the journey page need of it, for the type check alone.

import { DecisionAct, Evidence, Journey } from "../../client/types.js";
import { Chart } from "../../chart/chart.js";
import { Preferences } from "../../lib/preferences.js";
import { Picked } from "../picked.js";

export interface JourneyView {
  journey: Journey;
  chart: Chart;
  picked: Picked;
  /** Whether the table is shown in place of the chart. */
  tableShown: boolean;
  /** The id of the journey `by` places further in the list. */
  neighbour(by: number): string | undefined;
  go(by: number): void;
  /** Until when the journey may still change. */
  arriving(): number | undefined;
  highlight(keys: string[]): void;
  toggleTable(shown?: boolean): void;
}

/** What the details panel asks of the page. */
export interface DetailsEvents {
  chosen(key: string): unknown;
  highlighted(keys: string[]): unknown;
  evidence(): Promise<Evidence>;
  decided(act: DecisionAct): unknown;
}

/** What the details panel shows. */
export interface DetailsContext {
  journey: Journey;
  chart: Chart;
  settings: Preferences;
  on: DetailsEvents;
}
