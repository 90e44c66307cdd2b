/** What a schema is made of, as its catalogue says it: `table.column` and index names, each with its definition. */
export type Shape = {
  readonly columns: Readonly<Record<string, string>>;
  readonly indexes: Readonly<Record<string, string>>;
};

/** Of the newest format. A test compares it with what `SCRIPTS` make. */
export const SHAPE: Shape = {
  columns: {
    'events.at': 'bigint not null',
    'events.body': 'text not null',
    'events.hash': 'text not null',
    'events.kind': 'text not null',
    'events.prev': 'text not null',
    'events.seq': 'bigint not null',
    'events.stream': 'text not null',
    'events.v': 'integer not null',
    'format.version': 'integer not null',
    'heads.hash': 'text not null',
    'heads.seq': 'bigint not null',
    'heads.stream': 'text not null',
    'history.at': 'bigint not null',
    'history.body': 'text not null',
    'history.part': 'bigint not null',
    'history.series': 'text not null',
    'history.size_ms': 'integer not null',
    'history.stream': 'text not null',
    'history_marks.beat': 'bigint not null',
    'history_marks.folded_to': 'bigint not null',
    'history_marks.stream': 'text not null',
    'history_marks.telemetry_id': 'bigint not null',
    'instances.beat': 'bigint not null',
    'instances.body': 'text not null',
    'instances.first_seen_at': 'bigint not null',
    'instances.instance': 'text not null',
    'instances.stream': 'text not null',
    'leases.beat': 'bigint not null',
    'leases.fence': 'bigint not null',
    'leases.holder': 'text not null',
    'leases.released': 'boolean not null',
    'leases.renewed_at': 'timestamp with time zone not null',
    'leases.stream': 'text not null',
    'routing.body': 'text not null',
    'routing.epoch': 'bigint not null',
    'routing.hash': 'text not null',
    'routing.seq': 'bigint not null',
    'routing.stream': 'text not null',
    'telemetry.at': 'bigint not null',
    'telemetry.body': 'text not null',
    'telemetry.id': 'bigint not null',
    'telemetry.instance': 'text not null',
    'telemetry.stream': 'text not null',
  },
  indexes: {
    events_pkey: 'unique on events (stream, seq)',
    format_one: 'unique on format ((true))',
    heads_pkey: 'unique on heads (stream)',
    history_by_age: 'on history (stream, size_ms, at)',
    history_marks_pkey: 'unique on history_marks (stream)',
    history_pkey: 'unique on history (stream, series, size_ms, at, part)',
    instances_pkey: 'unique on instances (stream, instance)',
    leases_pkey: 'unique on leases (stream)',
    routing_pkey: 'unique on routing (stream)',
    telemetry_by_age: 'on telemetry (at)',
    telemetry_by_stream: 'on telemetry (stream, id)',
    telemetry_pkey: 'unique on telemetry (id)',
  },
};

/** Every difference of a schema from the one that this version makes, a sentence each. */
export function differences(live: Shape, shipped: Shape = SHAPE): readonly string[] {
  return [
    ...compared('column', live.columns, shipped.columns),
    ...compared('index', live.indexes, shipped.indexes),
  ];
}

function compared(
  what: string,
  live: Readonly<Record<string, string>>,
  shipped: Readonly<Record<string, string>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(shipped), ...Object.keys(live)])].toSorted();
  return names.flatMap((name) => {
    const is = live[name];
    const was = shipped[name];
    if (is === was) return [];
    if (is === undefined) return [`${what} ${name} is missing (${was})`];
    return was === undefined
      ? [`${what} ${name} is not ours (${is})`]
      : [`${what} ${name} is ${is}, not ${was}`];
  });
}
