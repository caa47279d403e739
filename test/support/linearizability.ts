/** One call of a history: when it was made, when it was answered, and with what; times of one logical clock. */
export interface Call<Operation, Answer> {
  readonly operation: Operation;
  readonly calledAt: number;
  readonly answeredAt: number;
  readonly answer: Answer;
}

/** How a thing behaves that does one operation after the other: the state after it, or undefined where it could not have answered so. */
export type SequentialModel<State, Operation, Answer> = (
  state: State,
  operation: Operation,
  answer: Answer,
) => { readonly state: State } | undefined;

/**
 * Whether the calls can be put into an order in which none comes after one that was made only when it had been answered, and in which the model
 * gives the same answers (linearizability, Herlihy and Wing 1990; the search is that of Wing and Gong 1993). Takes exponential time.
 */
export function isLinearizable<State, Operation, Answer>(
  calls: readonly Call<Operation, Answer>[],
  initial: State,
  model: SequentialModel<State, Operation, Answer>,
): boolean {
  const search = (left: readonly Call<Operation, Answer>[], state: State): boolean => {
    if (left.length === 0) return true;
    const firstAnswer = Math.min(...left.map(({ answeredAt }) => answeredAt));
    return left.some(call => {
      if (call.calledAt > firstAnswer) return false;
      const next = model(state, call.operation, call.answer);
      return (
        next !== undefined &&
        search(
          left.filter(other => other !== call),
          next.state,
        )
      );
    });
  };
  return search(calls, initial);
}
