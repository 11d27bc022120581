import {
  Button,
  Checkbox,
  type CSSVariablesResolver,
  createTheme,
  Input,
  type MantineColorsTuple,
  Modal,
  NumberInput,
  PasswordInput,
  Popover,
  Select,
  Switch,
  Textarea,
  TextInput,
  Tooltip,
} from "@mantine/core";

/** Mantine wants ten shades; the tokens have one per scheme, and the variable follows the scheme. */
const shade = (token: string) =>
  Array.from({ length: 10 }, () => `var(--${token})`) as unknown as MantineColorsTuple;

/** Mantine's controls in the product's own sizes. All values come from `css/tokens.css`. */
export const theme = createTheme({
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--font-mono)",
  primaryColor: "hedge",
  colors: { hedge: shade("hedge"), bad: shade("bad"), red: shade("bad") },
  defaultRadius: "var(--r-control)",
  fontSizes: {
    xs: "var(--text-xs)",
    sm: "var(--text-sm)",
    md: "var(--text-base)",
    lg: "var(--text-md)",
    xl: "var(--text-lg)",
  },
  spacing: { xs: "var(--s2)", sm: "var(--s3)", md: "var(--s4)", lg: "var(--s5)", xl: "var(--s6)" },
  focusRing: "auto",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: "sm" } }),
    Input: Input.extend({ defaultProps: { size: "sm" } }),
    TextInput: TextInput.extend({ defaultProps: { size: "sm" } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: "sm" } }),
    NumberInput: NumberInput.extend({ defaultProps: { size: "sm" } }),
    Textarea: Textarea.extend({ defaultProps: { size: "sm" } }),
    Select: Select.extend({
      defaultProps: { size: "sm", allowDeselect: false, comboboxProps: { shadow: undefined } },
    }),
    Checkbox: Checkbox.extend({ defaultProps: { size: "xs" } }),
    Switch: Switch.extend({ defaultProps: { withThumbIndicator: false } }),
    Modal: Modal.extend({ defaultProps: { centered: true, radius: "var(--r-panel)" } }),
    Popover: Popover.extend({ defaultProps: { withinPortal: true } }),
    Tooltip: Tooltip.extend({
      defaultProps: {
        multiline: true,
        maw: 280,
        openDelay: 200,
        events: { hover: true, focus: true, touch: true },
      },
    }),
  },
});

/** Mantine's own variables point to the tokens, in both schemes alike: the tokens change by themselves. */
export const tokensIntoMantine: CSSVariablesResolver = () => {
  const both: Record<string, string> = {
    "--mantine-color-body": "var(--surface)",
    "--mantine-color-text": "var(--ink)",
    "--mantine-color-dimmed": "var(--ink-3)",
    "--mantine-color-placeholder": "var(--ink-3)",
    "--mantine-color-default": "var(--surface)",
    "--mantine-color-default-hover": "var(--hover)",
    "--mantine-color-default-color": "var(--ink)",
    "--mantine-color-default-border": "var(--line-strong)",
    "--mantine-color-anchor": "var(--hedge)",
    "--mantine-color-error": "var(--bad)",
    "--mantine-color-bright": "var(--ink)",
    "--mantine-color-disabled": "var(--sunken)",
    "--mantine-color-disabled-color": "var(--ink-3)",
    "--mantine-color-disabled-border": "var(--line)",
    "--mantine-primary-color-filled": "var(--hedge)",
    "--mantine-primary-color-filled-hover": "var(--hedge-hover)",
    "--mantine-primary-color-light": "var(--hedge-soft)",
    "--mantine-primary-color-light-hover": "var(--hedge-soft)",
    "--mantine-primary-color-light-color": "var(--hedge)",
    "--mantine-primary-color-contrast": "var(--on-hedge)",
    "--mantine-color-hedge-filled": "var(--hedge)",
    "--mantine-color-hedge-filled-hover": "var(--hedge-hover)",
    "--mantine-color-hedge-light": "var(--hedge-soft)",
    "--mantine-color-hedge-light-hover": "var(--hedge-soft)",
    "--mantine-color-hedge-light-color": "var(--hedge)",
    "--mantine-color-hedge-outline": "var(--hedge)",
    "--mantine-shadow-xs": "var(--shadow)",
    "--mantine-shadow-sm": "var(--shadow)",
    "--mantine-shadow-md": "var(--shadow)",
    "--mantine-shadow-lg": "var(--shadow)",
    "--mantine-shadow-xl": "var(--shadow)",
    "--input-height-sm": "var(--control)",
  };
  return { variables: {}, light: both, dark: both };
};
