export { parseDisturbance, type Scenario } from './scenario.ts';
export { simulate, type Moved, type Simulation } from './simulate.ts';
