export interface MariadbOptions {
  /** Options of mariadbd that go after the usual ones, such as `--innodb-lock-wait-timeout=1`. */
  readonly args?: readonly string[];
  /** Where the server's folder is made; by default the system's folder for temporary files. */
  readonly folder?: string;
}
