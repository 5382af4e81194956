//! Where rows of unequal height stand: prefix sums over measured and estimated heights (a Fenwick tree), so that both questions
//! (where is row i, which row is at y) take logarithmic time at any number of rows.

/** Heights of a list of rows. Rows that were not measured count with the estimate. */
export class Heights {
  #estimate: number;
  #tree = new Float64Array(1);
  #heights = new Float64Array(0);
  #count = 0;

  constructor(estimate: number) {
    this.#estimate = estimate;
  }

  get count(): number {
    return this.#count;
  }

  /** Changes the number of rows; what is known of the first ones is kept. */
  resize(count: number): void {
    if (count === this.#count) return;
    const heights = new Float64Array(count).fill(this.#estimate);
    heights.set(this.#heights.subarray(0, Math.min(count, this.#count)));
    this.#heights = heights;
    this.#count = count;
    const tree = new Float64Array(count + 1);
    for (let index = 1; index <= count; index++) {
      tree[index] = (tree[index] ?? 0) + (heights[index - 1] ?? 0);
      const parent = index + (index & -index);
      if (parent <= count) tree[parent] = (tree[parent] ?? 0) + (tree[index] ?? 0);
    }
    this.#tree = tree;
  }

  /** Notes a measured height. Returns whether it differs from what was thought. */
  measure(index: number, height: number): boolean {
    const difference = height - (this.#heights[index] ?? height);
    if (Math.abs(difference) < 0.5) return false;
    this.#heights[index] = height;
    for (let node = index + 1; node <= this.#count; node += node & -node) {
      this.#tree[node] = (this.#tree[node] ?? 0) + difference;
    }
    return true;
  }

  /** The top edge of a row; with `count`, the height of all. */
  top(index: number): number {
    let sum = 0;
    for (let node = Math.min(index, this.#count); node > 0; node -= node & -node) sum += this.#tree[node] ?? 0;
    return sum;
  }

  /** The row at a distance from the top; the last one beyond the end. */
  at(y: number): number {
    let node = 0;
    let rest = y;
    for (let step = 1 << Math.floor(Math.log2(this.#count || 1)); step > 0; step >>= 1) {
      const next = node + step;
      const sum = this.#tree[next];
      if (next <= this.#count && sum !== undefined && sum <= rest) {
        node = next;
        rest -= sum;
      }
    }
    return Math.max(0, Math.min(node, this.#count - 1));
  }
}
