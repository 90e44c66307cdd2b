/** Bucket indexes and their counts, alternating: [index, count, index, count, …], indexes rising. */
export type SketchData = readonly number[];
