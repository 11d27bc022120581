import { Modal, TextInput } from "@mantine/core";
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";

interface ConfirmAsk {
  title: ReactNode;
  /** What will happen, to how many, and what stays. */
  text: ReactNode;
  /** The verb on the button: "Erase". */
  action: string;
  /** A word that must be typed first, for what cannot be undone and concerns much. */
  typed?: string;
}

type Confirm = (ask: ConfirmAsk) => Promise<boolean>;

const ConfirmContext = createContext<Confirm>(async () => false);

/** Asks before something that cannot be undone. `if (await confirm({ … })) erase()` */
export function useConfirm(): Confirm {
  return useContext(ConfirmContext);
}

/** Holds the one question that may be open. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation("design");
  const [ask, setAsk] = useState<ConfirmAsk>();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const answer = useRef<(yes: boolean) => void>(() => {});

  const confirm = useCallback<Confirm>((next) => {
    answer.current(false);
    setTyped("");
    setAsk(next);
    setOpen(true);
    return new Promise((resolve) => {
      answer.current = resolve;
    });
  }, []);
  const close = (yes: boolean) => {
    setOpen(false);
    answer.current(yes);
  };
  const isMissing = ask?.typed !== undefined && typed.trim() !== ask.typed;

  return (
    <ConfirmContext value={confirm}>
      {children}
      <Modal
        opened={isOpen}
        onClose={() => close(false)}
        title={ask?.title}
        closeButtonProps={{ "aria-label": t("close") }}
      >
        <div className="stack s4">
          <p className="soft">{ask?.text}</p>
          {ask?.typed ? (
            <TextInput
              label={t("confirm.type", { word: ask.typed })}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
            />
          ) : null}
          <div className="row end">
            <Button data-autofocus onClick={() => close(false)}>
              {t("confirm.cancel")}
            </Button>
            <Button
              kind="danger"
              disabledReason={isMissing ? t("confirm.type", { word: ask?.typed }) : undefined}
              onClick={() => close(true)}
            >
              {ask?.action}
            </Button>
          </div>
        </div>
      </Modal>
    </ConfirmContext>
  );
}
