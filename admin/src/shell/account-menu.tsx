import { Menu } from "@mantine/core";
import { IconBook2, IconKey, IconLanguage, IconLogout, IconPlant2, IconSettings } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Icon } from "../design/button.tsx";
import { Link } from "../design/link.tsx";
import { useAppearance, useOtherLanguage } from "./choices.ts";
import { GardenItems } from "./garden-items.tsx";
import { hasPage, listedPages } from "./pages.ts";
import { leave, type Me, may } from "./session.tsx";

/** First letters of the first and the last name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => word?.[0] ?? "");
  return letters.join("").toUpperCase();
}

/** Who is signed in, and what concerns them alone. At the foot of the side bar. */
export function AccountMenu({ me }: { me: Me }) {
  return (
    <Menu width={220} position="top-start">
      <Menu.Target>
        <button type="button">
          <Avatar me={me} />
          <span className="cut">{me.operator.name}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <AccountItems me={me} />
      </Menu.Dropdown>
    </Menu>
  );
}

/** The same on a phone, where there is no side bar: with the gardens, the settings, appearance and language. */
export function PhoneMenu({ me }: { me: Me }) {
  const { t } = useTranslation();
  const appearance = useAppearance();
  const language = useOtherLanguage();
  return (
    <Menu width={240} position="bottom-end">
      <Menu.Target>
        <button
          type="button"
          className="me-menu"
          aria-label={t("shell:account.menu", { name: me.operator.name })}
        >
          <Avatar me={me} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {me.gardens.length > 1 ? (
          <>
            <GardenItems me={me} />
            <Menu.Divider />
          </>
        ) : null}
        {listedPages(undefined, (right) => may(me, right))
          .filter((page) => page.path !== "/")
          .map((page) => (
            <Menu.Item
              key={page.path}
              renderRoot={(props) => <Link {...props} to={page.path} />}
              leftSection={<Icon of={IconSettings} />}
            >
              {t(page.label)}
            </Menu.Item>
          ))}
        <Menu.Item onClick={appearance.change} leftSection={<Icon of={appearance.icon} />}>
          {appearance.words}
        </Menu.Item>
        <Menu.Item lang={language.other} onClick={language.change} leftSection={<Icon of={IconLanguage} />}>
          {language.name}
        </Menu.Item>
        <Menu.Divider />
        <AccountItems me={me} />
      </Menu.Dropdown>
    </Menu>
  );
}

function Avatar({ me }: { me: Me }) {
  return (
    <span className="avatar" aria-hidden="true">
      {initials(me.operator.name)}
    </span>
  );
}

function AccountItems({ me }: { me: Me }) {
  const { t } = useTranslation("shell");
  return (
    <>
      <Menu.Label>{me.operator.email}</Menu.Label>
      {hasPage("/start") ? (
        <Menu.Item
          renderRoot={(props) => <Link {...props} to="/start" />}
          leftSection={<Icon of={IconPlant2} />}
        >
          {t("account.start")}
        </Menu.Item>
      ) : null}
      <Menu.Item
        renderRoot={(props) => <Link {...props} to="/password" />}
        leftSection={<Icon of={IconKey} />}
      >
        {t("account.password")}
      </Menu.Item>
      <Menu.Item component="a" href="/docs" leftSection={<Icon of={IconBook2} />}>
        {t("account.docs")}
      </Menu.Item>
      <Menu.Item onClick={() => void leave()} leftSection={<Icon of={IconLogout} />}>
        {t("account.leave")}
      </Menu.Item>
    </>
  );
}
