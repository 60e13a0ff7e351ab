// Takes changes of accounts, slots and transient storage back.
import { A_BALANCE, A_CODE, A_CODE_HASH, A_FLAGS, A_NONCE, accountAt, EXISTED, LOADED, SYSTEM } from "./accounts";
import {
  journalSize, popEntry, UNDO_ACCOUNT_FLAGS, UNDO_BALANCE, UNDO_NONCE, UNDO_SLOT, UNDO_SLOT_FLAGS, UNDO_TRANSIENT,
} from "./journal";
import { S_FLAGS, S_VALUE, slotAt } from "./slots";
import { restoreTransient } from "./transient";
import { copyWord } from "./u256";

/**
 * Takes back everything recorded after `mark`. What was loaded meanwhile stays loaded: LOADED is never set back.
 */
export function revertState(mark: u32): void {
  while (journalSize > mark) {
    const entry = popEntry();
    const kind = load<u32>(entry);
    const index = load<u32>(entry, 4);
    if (kind == UNDO_SLOT) {
      copyWord(slotAt(index) + S_VALUE, entry + 16);
    } else if (kind == UNDO_SLOT_FLAGS) {
      const r = slotAt(index);
      store<u32>(r, load<u32>(entry, 8) | (load<u32>(r, S_FLAGS) & LOADED), S_FLAGS);
    } else if (kind == UNDO_TRANSIENT) {
      restoreTransient(load<usize>(entry, 8), entry + 16);
    } else {
      const r = accountAt(index);
      if (kind == UNDO_BALANCE) copyWord(r + A_BALANCE, entry + 16);
      else if (kind == UNDO_NONCE) store<u64>(r, load<u64>(entry, 8), A_NONCE);
      else if (kind == UNDO_ACCOUNT_FLAGS) {
        const sticky = LOADED | EXISTED | SYSTEM;
        store<u32>(r, load<u32>(entry, 8) | (load<u32>(r, A_FLAGS) & sticky), A_FLAGS);
      } else {
        copyWord(r + A_CODE_HASH, entry + 16);
        store<u32>(r, load<u32>(entry, 8), A_CODE);
      }
    }
  }
}
