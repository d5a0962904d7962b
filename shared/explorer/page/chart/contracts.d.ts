// What the parts of a chart need of each other, for the type check alone.

import { Preferences } from "../lib/preferences.js";
import { Theme } from "../lib/theme.js";
import { Geometry } from "./geometry.js";
import { Hit } from "./hit.js";
import { Scene } from "./scene.js";
import { View } from "./view.js";

/** A stretch that is being measured, in pixels. */
export interface Range {
  from: number;
  to: number;
  text: string;
}

/** Everything that one frame shows. */
export interface Frame {
  scene: Scene;
  view: View;
  geometry: Geometry;
  /** How many pixels the lanes are scrolled. */
  scroll: number;
  width: number;
  height: number;
  settings: Preferences;
  theme: Theme;
  hover?: Hit;
  /** The position of the selected span. */
  selected?: number;
  /** By position, whether a span stands out. Without it, all spans look alike. */
  marked?: Uint8Array;
  /** The pixel of the line under the pointer. */
  line?: number;
  range?: Range;
  /** For each platform, how its clock was corrected, as a text. */
  shifts?: Map<string, string>;
}

/** What a chart tells its page. */
export interface ChartEvents {
  selected?: (p: number | undefined) => void;
  hovered?: (found: Hit | undefined, x?: number, y?: number) => void;
  unfold?: () => void;
}

/** What the pointer and the keys need of a chart. */
export interface ChartControl {
  canvas: HTMLCanvasElement;
  on: ChartEvents;
  scene?: Scene;
  view: View;
  width: number;
  height: number;
  selected?: number;
  hover?: Hit;
  line?: number;
  range?: Range;
  at(x: number, y: number): Hit | undefined;
  ask(): void;
  fit(): void;
  measureText(from: number, to: number): string;
  pan(dx: number, dy?: number): void;
  select(p: number | undefined, options?: { reveal?: boolean }): void;
  showPlaces(from: number, to: number, room?: number): void;
  zoom(factor: number, x?: number): void;
  zoomTo(p: number): void;
}
