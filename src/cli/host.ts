/** The parts of the process that the command uses: its streams, its folder and its variables. */
export type Host = Pick<NodeJS.Process, 'cwd' | 'env' | 'stdin' | 'stdout' | 'stderr'>
