/** What a forbidden pair costs: more than all allowed ones of a frame, so that no pair is left out for the sake of another's cost. */
export const FORBIDDEN = 1e6;

/**
 * The column for each row (-1 for none) with the smallest total cost; no column is used twice and forbidden pairs are
 * not made. Optimal rather than greedy: the best single pair can leave two others that are impossible. In simulated crowds
 * of up to eight faces both changed ids equally often; the optimal one does not depend on the order of what it is given.
 * O(n^3) with n the larger side. Source: Kuhn 1955, in the form of shortest augmenting paths.
 */
export function assign(costs: readonly (readonly number[])[]): number[] {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  const size = Math.max(rows, columns);
  const cost = (row: number, column: number): number => costs[row]?.[column] ?? FORBIDDEN;
  // Rows and columns count from 1; column 0 is where each search begins.
  const rowPrice = new Float64Array(size + 1);
  const columnPrice = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1);
  for (let row = 1; row <= size; row++) augment(row);
  const found = new Array<number>(rows).fill(-1);
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column] - 1;
    if (row < rows && cost(row, column - 1) < FORBIDDEN) found[row] = column - 1;
  }
  return found;

  function augment(start: number): void {
    const slack = new Float64Array(size + 1).fill(Number.POSITIVE_INFINITY);
    const cameFrom = new Int32Array(size + 1);
    const visited = new Uint8Array(size + 1);
    rowOf[0] = start;
    let column = 0;
    do {
      visited[column] = 1;
      const row = rowOf[column];
      let [least, next] = [Number.POSITIVE_INFINITY, 0];
      for (let other = 1; other <= size; other++) {
        if (visited[other]) continue;
        const reduced = cost(row - 1, other - 1) - rowPrice[row] - columnPrice[other];
        if (reduced < slack[other]) [slack[other], cameFrom[other]] = [reduced, column];
        if (slack[other] < least) [least, next] = [slack[other], other];
      }
      for (let other = 0; other <= size; other++) {
        if (visited[other]) {
          rowPrice[rowOf[other]] += least;
          columnPrice[other] -= least;
        } else slack[other] -= least;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const before = cameFrom[column];
      rowOf[column] = rowOf[before];
      column = before;
    }
  }
}
