// @ts-check
// What the keys do with a chart that has the focus.

/** @import { ChartControl } from "./contracts.js" */
/** @import { Scene } from "./scene.js" */

export class ChartKeys {
  /** @param {ChartControl} chart */
  constructor(chart) {
    this.chart = chart;
    /** @type {{ scene: Scene, list: Int32Array } | undefined} */
    this.ordered = undefined;
    chart.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { chart } = this;
    if (!chart.scene || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.action(event, chart.scene);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Scene} scene
   * @returns {(() => unknown) | undefined}
   */
  action({ key, shiftKey }, scene) {
    const { chart } = this;
    const page = chart.view.width * 0.25;
    const { selected } = chart;
    switch (key) {
      case "ArrowLeft":
        return () => (shiftKey ? chart.pan(-page) : this.step(scene, -1));
      case "ArrowRight":
        return () => (shiftKey ? chart.pan(page) : this.step(scene, 1));
      case "ArrowUp":
        return () => this.climb(scene, -1);
      case "ArrowDown":
        return () => this.climb(scene, 1);
      case "a":
        return () => chart.pan(-page);
      case "d":
        return () => chart.pan(page);
      case "w":
      case "+":
      case "=":
        return () => chart.zoom(1.5, this.centre(scene));
      case "s":
      case "-":
        return () => chart.zoom(1 / 1.5, this.centre(scene));
      case "0":
        return () => chart.fit();
      case "Home":
        return () => scene.count && chart.select(this.order(scene)[0]);
      case "End":
        return () => scene.count && chart.select(this.order(scene)[scene.count - 1]);
      case "PageUp":
        return () => chart.pan(0, -chart.height / 2);
      case "PageDown":
        return () => chart.pan(0, chart.height / 2);
      case "f":
      case "Enter":
        return selected === undefined ? undefined : () => chart.zoomTo(selected);
      case "Escape":
        return selected === undefined ? undefined : () => chart.select(undefined);
      default:
        return undefined;
    }
  }

  /**
   * The pixel that stays in place when a key zooms: the selected span's middle, or the chart's.
   *
   * @param {Scene} scene
   */
  centre(scene) {
    const { selected, view, width } = this.chart;
    if (selected === undefined) return width / 2;
    const x = view.x((scene.from[selected] + scene.reach(selected)) / 2);
    return x >= 0 && x <= width ? x : width / 2;
  }

  /**
   * Positions by time, in the order in which the keys step through them.
   *
   * @param {Scene} scene
   */
  order(scene) {
    if (this.ordered?.scene !== scene) {
      const list = Int32Array.from({ length: scene.count }, (_, p) => p);
      list.sort((a, b) => scene.start[a] - scene.start[b] || scene.row[a] - scene.row[b]);
      this.ordered = { scene, list };
    }
    return this.ordered.list;
  }

  /**
   * @param {Scene} scene
   * @param {number} by
   */
  step(scene, by) {
    const { chart } = this;
    const order = this.order(scene);
    if (!order.length) return;
    const at = chart.selected === undefined ? -1 : order.indexOf(chart.selected);
    const next = at < 0 ? (by > 0 ? 0 : order.length - 1) : Math.min(order.length - 1, Math.max(0, at + by));
    chart.select(order[next]);
  }

  /**
   * Selects the span in the row above or below that is nearest in time.
   *
   * @param {Scene} scene
   * @param {number} by
   */
  climb(scene, by) {
    const { chart } = this;
    if (chart.selected === undefined) return this.step(scene, by);
    const middle = (scene.from[chart.selected] + scene.reach(chart.selected)) / 2;
    const row = scene.row[chart.selected] + by;
    if (row < 0 || row >= scene.rows) return undefined;
    let best = scene.rowStart[row];
    const near = scene.firstIn(row, middle);
    for (const p of [near - 1, near]) {
      if (p < scene.rowStart[row] || p >= scene.rowStart[row + 1]) continue;
      /** @type {(q: number) => number} */
      const away = (q) => Math.max(0, scene.from[q] - middle, middle - scene.reach(q));
      if (away(p) <= away(best)) best = p;
    }
    return chart.select(best);
  }
}
