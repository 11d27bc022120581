import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { enterGarden, type Me } from "./session.tsx";

/** The gardens one may enter, as items of a menu. */
export function GardenItems({ me }: { me: Me }) {
  const { t } = useTranslation("shell");
  return (
    <>
      <Menu.Label>{t("garden.gardens")}</Menu.Label>
      {me.gardens.map((garden) => {
        const isHere = garden.id === me.garden?.id;
        return (
          <Menu.Item
            key={garden.id}
            onClick={() => !isHere && enterGarden(garden.id)}
            aria-current={isHere ? "true" : undefined}
            fw={isHere ? 620 : undefined}
          >
            {garden.brand}
            {garden.synthetic ? <span className="xs dim"> {t("garden.sample")}</span> : null}
          </Menu.Item>
        );
      })}
    </>
  );
}
