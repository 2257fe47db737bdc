/**
 * The device is gone, and everything on it: a driver crashed, was reset, or gave up. A new process
 * may get another one.
 */
export class DeviceLost extends Error {}
