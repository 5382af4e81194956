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

  /** Changes the number of rows; what is known of the first ones is kept. Takes logarithmic time for each row that comes. */
  resize(count: number): void {
    if (count > this.#heights.length) {
      const room = Math.max(count, this.#heights.length * 2);
      const [heights, tree] = [new Float64Array(room), new Float64Array(room + 1)];
      heights.set(this.#heights);
      tree.set(this.#tree);
      [this.#heights, this.#tree] = [heights, tree];
    }
    // A node sums up its own row and the nodes below it; it knows nothing of rows that come after.
    for (let node = this.#count + 1; node <= count; node++) {
      this.#heights[node - 1] = this.#estimate;
      let sum = this.#estimate;
      for (let step = 1; step < (node & -node); step <<= 1) sum += this.#tree[node - step] ?? 0;
      this.#tree[node] = sum;
    }
    this.#count = count;
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
