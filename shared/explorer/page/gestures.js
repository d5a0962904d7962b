// What wheel, pointers and keys do with a chart.

const LINE = 16;

export class Gestures {
  constructor(chart) {
    this.chart = chart;
    this.pointers = new Map();
    const { canvas } = chart;
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.up(event, true));
    canvas.addEventListener("pointerleave", (event) => this.leave(event));
    canvas.addEventListener("dblclick", (event) => this.twice(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  close() {
    this.pointers.clear();
  }

  point(event) {
    const box = this.chart.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** The wheel zooms where the pointer is; sideways or with Shift it pans; with Alt it scrolls the lanes. */
  wheel(event) {
    const { chart } = this;
    if (!chart.scene) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? LINE : event.deltaMode === 2 ? 200 : 1;
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    const { x, y } = this.point(event);
    if (event.altKey) chart.pan(0, dy);
    else if (event.shiftKey) chart.pan(dx || dy);
    else if (Math.abs(dx) > Math.abs(dy)) chart.pan(dx);
    else chart.zoom(Math.exp(-Math.max(-240, Math.min(240, dy)) * (event.ctrlKey ? 0.01 : 0.0022)), x);
    this.hover(x, y);
  }

  down(event) {
    const { chart } = this;
    if (event.button !== 0 || !chart.scene) return;
    const at = this.point(event);
    chart.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, at);
    this.moved = false;
    this.began = at;
    if (event.shiftKey && this.pointers.size === 1) chart.range = { from: at.x, to: at.x, text: "" };
    if (this.pointers.size === 2) this.pinch = this.spread();
  }

  move(event) {
    const { chart } = this;
    const at = this.point(event);
    const held = this.pointers.get(event.pointerId);
    if (!held) {
      this.hover(at.x, at.y);
      return;
    }
    this.pointers.set(event.pointerId, at);
    if (!this.moved && Math.hypot(at.x - this.began.x, at.y - this.began.y) < 4) return;
    this.moved = true;
    chart.on.hovered?.(undefined);
    if (this.pointers.size === 2) {
      const now = this.spread();
      chart.zoom(now.apart / this.pinch.apart, now.middle);
      chart.pan(this.pinch.middle - now.middle);
      this.pinch = now;
    } else if (chart.range) {
      chart.range = { from: this.began.x, to: at.x, text: chart.measureText(this.began.x, at.x) };
      chart.ask();
    } else {
      chart.canvas.classList.add("dragged");
      chart.pan(held.x - at.x, event.pointerType === "touch" ? 0 : held.y - at.y);
    }
  }

  spread() {
    const [a, b] = [...this.pointers.values()];
    return { apart: Math.max(10, Math.abs(a.x - b.x), Math.abs(a.y - b.y)), middle: (a.x + b.x) / 2 };
  }

  up(event, cancelled = false) {
    const { chart } = this;
    if (!this.pointers.delete(event.pointerId)) return;
    chart.canvas.classList.remove("dragged");
    const at = this.point(event);
    const { range } = chart;
    chart.range = undefined;
    if (cancelled || !chart.scene) return;
    if (range && Math.abs(range.to - range.from) > 6) {
      const { view } = chart;
      chart.showPlaces(view.place(Math.min(range.from, range.to)), view.place(Math.max(range.from, range.to)), 0);
    } else if (!this.moved) {
      this.choose(at);
      // A finger has no way to hover: the tap shows the card too.
      if (event.pointerType === "touch") this.hover(at.x, at.y);
    }
    chart.ask();
  }

  choose({ x, y }) {
    const { chart } = this;
    const found = chart.at(x, y);
    if (found?.kind === "fold") {
      chart.on.unfold?.();
    } else if (found?.kind === "leg" || found?.kind === "gap") {
      const { start, end } = found[found.kind];
      const { timeline } = chart.scene;
      chart.showPlaces(timeline.place(start), end === Infinity ? chart.scene.length : timeline.place(end));
    } else {
      chart.select(found?.p, { reveal: false });
    }
  }

  twice(event) {
    const { x, y } = this.point(event);
    const found = this.chart.at(x, y);
    if (found?.p !== undefined) this.chart.zoomTo(found.p);
  }

  hover(x, y) {
    const { chart } = this;
    if (!chart.scene) return;
    const found = chart.at(x, y);
    chart.hover = found;
    chart.line = x;
    chart.canvas.classList.toggle("over", Boolean(found));
    chart.on.hovered?.(found, x, y);
    chart.ask();
  }

  leave(event) {
    // A finger leaves as it is lifted; what it tapped stays told.
    if (event.pointerType === "touch") return;
    const { chart } = this;
    chart.hover = chart.line = undefined;
    chart.on.hovered?.(undefined);
    chart.ask();
  }

  key(event) {
    const { chart } = this;
    if (!chart.scene || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.action(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  action({ key, shiftKey }) {
    const { chart } = this;
    const page = chart.view.width * 0.25;
    const { selected } = chart;
    switch (key) {
      case "ArrowLeft":
        return () => (shiftKey ? chart.pan(-page) : this.step(-1));
      case "ArrowRight":
        return () => (shiftKey ? chart.pan(page) : this.step(1));
      case "ArrowUp":
        return () => this.climb(-1);
      case "ArrowDown":
        return () => this.climb(1);
      case "a":
        return () => chart.pan(-page);
      case "d":
        return () => chart.pan(page);
      case "w":
      case "+":
      case "=":
        return () => chart.zoom(1.5, this.centre());
      case "s":
      case "-":
        return () => chart.zoom(1 / 1.5, this.centre());
      case "0":
        return () => chart.fit();
      case "Home":
        return () => chart.scene.count && chart.select(this.order()[0]);
      case "End":
        return () => chart.scene.count && chart.select(this.order().at(-1));
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

  /** Zooming by key keeps what is selected in place. */
  centre() {
    const { selected, scene, view, width } = this.chart;
    if (selected === undefined) return width / 2;
    const x = view.x((scene.from[selected] + scene.reach(selected)) / 2);
    return x >= 0 && x <= width ? x : width / 2;
  }

  /** Positions by time, as the keys step through them. */
  order() {
    const { scene } = this.chart;
    if (this.ordered?.scene !== scene) {
      const list = Int32Array.from({ length: scene.count }, (_, p) => p);
      list.sort((a, b) => scene.start[a] - scene.start[b] || scene.row[a] - scene.row[b]);
      this.ordered = { scene, list, at: undefined };
    }
    return this.ordered.list;
  }

  step(by) {
    const { chart } = this;
    const order = this.order();
    if (!order.length) return;
    const at = chart.selected === undefined ? -1 : order.indexOf(chart.selected);
    const next = at < 0 ? (by > 0 ? 0 : order.length - 1) : Math.min(order.length - 1, Math.max(0, at + by));
    chart.select(order[next]);
  }

  /** To the span of the next row up or down that is nearest in time. */
  climb(by) {
    const { chart } = this;
    const { scene } = chart;
    if (chart.selected === undefined) return this.step(by);
    const middle = (scene.from[chart.selected] + scene.reach(chart.selected)) / 2;
    const row = scene.row[chart.selected] + by;
    if (row < 0 || row >= scene.rows) return undefined;
    let best = scene.rowStart[row];
    const near = scene.firstIn(row, middle);
    for (const p of [near - 1, near]) {
      if (p < scene.rowStart[row] || p >= scene.rowStart[row + 1]) continue;
      const away = (q) => Math.max(0, scene.from[q] - middle, middle - scene.reach(q));
      if (away(p) <= away(best)) best = p;
    }
    return chart.select(best);
  }
}
