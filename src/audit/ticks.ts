/** Milliseconds of a tick, in which an audit counts time: it looks once in each at what is overdue. */
export const tickMs = 20;
