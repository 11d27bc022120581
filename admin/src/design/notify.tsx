import { notifications } from "@mantine/notifications";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";

/**
 * Says that something worked, for a few seconds, with the way back where there is one. Failures are
 * never told this way: they stand where they happened, as an `ErrorState` or a `Note`.
 */
export function notifyDone(message: ReactNode, undo?: { label: string; run: () => void }): void {
  const id = `done-${Date.now()}`;
  notifications.show({
    id,
    withBorder: false,
    autoClose: undo ? 10_000 : 5_000,
    message: (
      <span className="row spread">
        {message}
        {undo ? (
          <Button
            kind="quiet"
            onClick={() => {
              notifications.hide(id);
              undo.run();
            }}
          >
            {undo.label}
          </Button>
        ) : null}
      </span>
    ),
  });
}
