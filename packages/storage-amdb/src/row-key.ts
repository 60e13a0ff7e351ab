/** Map key of (table, key). A table name never holds a NUL. */
export function rowKey(table: string, key: Uint8Array): string {
  return `${table}\0${binaryString(key)}`;
}

/** One UTF-16 unit per byte: ordered like the bytes and cheap to build. */
export function binaryString(bytes: Uint8Array): string {
  // `apply` takes whatever is array-like; its type knows arrays only.
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}
