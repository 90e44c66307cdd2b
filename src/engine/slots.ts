/**
 * Slots for exposure of instances. Ids keep their place, so the first `n × exposure` are the same ones from look to
 * look; raising the exposure only adds. An id that left for good gives its place to the first newcomer: a
 * replacement with another name inherits the slot and what it serves.
 *
 * @param known ids that the store still has a row for, in order of first appearance
 * @param gone those of them whose lease expired
 */
export function assignSlots(
  slots: readonly string[],
  known: readonly string[],
  gone: ReadonlySet<string>,
): readonly string[] {
  const newcomers = known.filter((id) => !slots.includes(id) && !gone.has(id));
  const filled = slots.flatMap((id) => {
    if (known.includes(id) && !gone.has(id)) return [id];
    const replacement = newcomers.shift();
    if (replacement !== undefined) return [replacement];
    return known.includes(id) ? [id] : [];
  });
  return [...filled, ...newcomers];
}

/** The first ceil(n × exposure) slots: at least one as soon as the exposure is not zero. @param exposure 0..10000 */
export function namedInstances(slots: readonly string[], exposure: number): readonly string[] {
  return slots.slice(0, Math.ceil((slots.length * exposure) / 10_000));
}
