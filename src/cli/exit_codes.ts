/**
 * 0 done, 1 failed, 2 wrong usage, 3 the device was lost and the run can go on; 128 and more as a
 * signal has it.
 */
export const [FAILED, USAGE, LOST] = [1, 2, 3]
