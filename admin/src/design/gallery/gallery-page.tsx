import { Checkbox, SegmentedControl, Select, Switch, Tabs, TextInput } from "@mantine/core";
import { ApiError } from "@rondell/api-client";
import {
  IconDownload,
  IconFilter,
  IconMail,
  IconPhone,
  IconRefresh,
  IconShoppingCart,
} from "@tabler/icons-react";
import { useState } from "react";
import { useFormats } from "../../i18n/hooks.ts";
import { Button, IconButton } from "../button.tsx";
import { Chip, Delta, StationChip } from "../chip.tsx";
import { useConfirm } from "../confirm.tsx";
import { type Column, DataTable, type Sort } from "../data-table.tsx";
import { Interval } from "../interval.tsx";
import { Note } from "../note.tsx";
import { notifyDone } from "../notify.tsx";
import { NumberLink } from "../number-link.tsx";
import { Fact, Grid, Page, Strip } from "../page.tsx";
import { Panel } from "../panel.tsx";
import { Meter, Progress, Stepper } from "../progress.tsx";
import { Sankey } from "../sankey.tsx";
import { EmptyState, TooEarly } from "../states.tsx";
import { STATIONS } from "../station.tsx";
import { Timeline } from "../timeline.tsx";
import { SampleFrame } from "./sample.tsx";

interface Person {
  id: string;
  name: string;
  town: string;
  stage: string;
  active: number;
  value: number;
}

const people: Person[] = [
  { id: "1", name: "Kanzlei Voss & Eder", town: "Hamburg", stage: "Loyal", active: 0.95, value: 184_000 },
  { id: "2", name: "Aylin Demir", town: "Köln", stage: "Loyal", active: 0.91, value: 30_800 },
  { id: "3", name: "Josefine Mahler", town: "Dresden", stage: "Repeat", active: 0.98, value: 26_600 },
];

/** Every component in each of its states. */
export default function GalleryPage() {
  return (
    <SampleFrame station="data" path="/design">
      <Gallery />
    </SampleFrame>
  );
}

function Gallery() {
  const f = useFormats();
  const confirm = useConfirm();
  const [chosen, setChosen] = useState(["2"]);
  const [sort, setSort] = useState<Sort>({ by: "value", descending: true });
  const columns: Column<Person>[] = [
    {
      id: "name",
      head: "Customer",
      lead: true,
      minWidth: 12,
      sortable: true,
      cell: (row) => (
        <span>
          <NumberLink target={{ to: "/design" }}>{row.name}</NumberLink>
          <span className="sub">{row.town}</span>
        </span>
      ),
    },
    { id: "stage", head: "Stage", cell: (row) => <Chip tone="hedge">{row.stage}</Chip> },
    {
      id: "active",
      head: "Still active",
      right: true,
      cell: (row) => (
        <span className="stack s1">
          {f.percent(row.active)}
          <Meter share={row.active} label={f.percent(row.active)} />
        </span>
      ),
    },
    {
      id: "value",
      head: "Value, next 12 months",
      right: true,
      sortable: true,
      minWidth: 12,
      cell: (row) => (
        <Interval
          estimate={{ value: row.value, low: row.value * 0.72, high: row.value * 1.3 }}
          format={(minor) => f.money(minor, { whole: true })}
          axis={{ from: 500, to: 300_000, log: true }}
        />
      ),
    },
  ];
  const failure = new ApiError(
    "store.timeout",
    "The event store did not answer in 30 s. Nothing is lost; events keep arriving.",
    503,
  );

  return (
    <Page
      title="Design"
      reading={
        <>
          The states every screen knows: nothing yet, not enough, working, broken. Each says <b>what is so</b>
          , why, and the one thing to do.
        </>
      }
      mark={<Chip tone="hedge">development</Chip>}
      actions={
        <>
          <Button icon={IconDownload}>Export</Button>
          <Button kind="main">Save as segment</Button>
        </>
      }
    >
      <Strip>
        <Fact question="Expected value, next 12 months">
          <Interval
            size="md"
            estimate={{ value: 21_400, low: 15_800, high: 28_100, coreLow: 18_800, coreHigh: 23_600 }}
            format={(v) => f.money(v, { whole: true })}
            axis={{ from: 0, to: 40_000 }}
            customers={{ id: 1 }}
          />
        </Fact>
        <Fact question="Still a customer?">
          <Interval
            size="md"
            estimate={{ value: 0.97, low: 0.94, high: 0.99 }}
            format={(v) => f.percent(v)}
            axis={{ from: 0, to: 1 }}
          />
        </Fact>
        <Fact question="Stage">
          <b className="v">Loyal</b>
          <p>Since Nov 2023.</p>
        </Fact>
        <Fact question="Answered">
          <b className="v">
            <NumberLink customers={{ answered: "yes" }} stale="The hotline file is 2 days late.">
              {f.number(1922)}
            </NumberLink>
          </b>
          <p>
            <Delta change={-1}>{f.points(-0.041)}</Delta>
          </p>
        </Fact>
      </Strip>
      <Grid columns="3">
        <Panel question="First day">
          <EmptyState
            title="The bed is dug, nothing planted"
            actions={
              <>
                <Button kind="main">Connect the website</Button>
                <Button>Import a file</Button>
              </>
            }
          >
            No touchpoint has arrived. Put the script on your site, or bring your orders from the last year.
          </EmptyState>
        </Panel>
        <Panel question="No match">
          <EmptyState
            icon={IconFilter}
            title="Nobody fits all four rules"
            actions={<Button>Drop that rule</Button>}
          >
            Without “mood is negative” it would be 214 customers.
          </EmptyState>
        </Panel>
        <Panel question="Too early to tell">
          <TooEarly known={1120} needed={2400} when="2026-06-02">
            <Interval
              size="lg"
              estimate={{ value: 0.02, low: -0.009, high: 0.049, coreLow: 0.01, coreHigh: 0.03 }}
              format={f.points}
              axis={{ from: -0.03, to: 0.07, zero: 0 }}
              note="from 1,120 customers"
            />
          </TooEarly>
        </Panel>
        <Panel question="Import: orders-2023-2025.csv" actions={<Chip tone="hedge">running</Chip>}>
          <div className="stack s3">
            <div className="row spread">
              <b style={{ fontSize: "var(--text-xl)" }}>{f.percent(0.62)}</b>
              <span className="sm soft">about 4 min left</span>
            </div>
            <Progress done={0.599} refused={0.021} label="Import" />
            <dl className="kv">
              <dt>
                <i className="sw k1" /> taken in
              </dt>
              <dd>{f.number(291_402)}</dd>
              <dt>
                <i className="sw kb hatch" /> refused
              </dt>
              <dd>
                <NumberLink target={{ to: "/design" }}>{f.number(2077)}</NumberLink>
              </dd>
            </dl>
            <Note tone="warn">
              <b>1,902 rows</b> have the date as 31.02.2024. The rest of the file is fine and goes on.
            </Note>
          </div>
        </Panel>
        <Panel question="Loading" state={{ kind: "loading", shape: "chart" }} />
        <Panel question="Error in one panel" state={{ kind: "error", error: failure, retry: () => {} }} />
        <Panel
          question="Stale number"
          state={{
            kind: "stale",
            text: (
              <>
                The hotline file is <b>2 days late</b>. Figures that use calls carry this clock.
              </>
            ),
            action: <Button>See the source</Button>,
          }}
        >
          <p className="dim sm">The figure stays.</p>
        </Panel>
        <Panel question="Role without access" state={{ kind: "noAccess" }} />
        <Panel question="Done, with a receipt">
          <Note tone="good">
            <b>Erased.</b> 1 customer, 412 events, 11 texts, 3 answers, in all stores.
          </Note>
        </Panel>
      </Grid>
      <Panel question="Table" flush>
        <DataTable
          label="Customers"
          columns={columns}
          rows={people}
          rowId={(row) => row.id}
          rowName={(row) => row.name}
          sort={sort}
          onSort={setSort}
          chosen={chosen}
          onChoose={setChosen}
          bulk={() => <Button icon={IconDownload}>Export</Button>}
          paging={{
            page: 0,
            pageSize: 3,
            total: 1286,
            onPage: () => {},
            note: "Value strips run from €5 to €3,000, logarithmic.",
          }}
        />
      </Panel>
      <Panel
        question="Which ways do they go, and where do they leave?"
        reading="The biggest loss is after the newsletter."
        how={["Every band leads to the customers in it."]}
      >
        <Sankey
          title="Ways from first contact to the second order"
          head={["From", "To", "Customers"]}
          nodes={[
            { id: "shop", label: "Shop visit", step: 0, customers: 4110, kind: "origin" },
            { id: "search", label: "Web search", step: 0, customers: 3080, kind: "origin" },
            { id: "ads", label: "Paid ads", step: 0, customers: 2950, kind: "origin" },
            { id: "trial", label: "Trial pack", step: 1, customers: 4620 },
            { id: "news", label: "Newsletter", step: 1, customers: 3240 },
            { id: "left1", label: "Left", step: 1, customers: 2280, kind: "lost" },
            { id: "second", label: "Second order", step: 2, customers: 3680 },
            { id: "open", label: "Not yet", step: 2, customers: 1770, kind: "open" },
            { id: "left2", label: "Left", step: 2, customers: 2410, kind: "lost" },
          ]}
          links={[
            { source: "shop", target: "trial", customers: 2400 },
            { source: "shop", target: "news", customers: 1300 },
            { source: "shop", target: "left1", customers: 410 },
            { source: "search", target: "trial", customers: 1400 },
            { source: "search", target: "news", customers: 1100 },
            { source: "search", target: "left1", customers: 580 },
            { source: "ads", target: "trial", customers: 820 },
            { source: "ads", target: "news", customers: 840 },
            { source: "ads", target: "left1", customers: 1290 },
            { source: "trial", target: "second", customers: 2700 },
            { source: "trial", target: "open", customers: 900 },
            { source: "trial", target: "left2", customers: 1020 },
            { source: "news", target: "second", customers: 980 },
            { source: "news", target: "open", customers: 870 },
            { source: "news", target: "left2", customers: 1390 },
          ]}
        />
      </Panel>
      <Grid columns="2">
        <Panel question="What happened?">
          <Timeline
            label="What happened"
            events={[
              {
                id: "1",
                at: "2026-05-14T07:12:00Z",
                icon: IconShoppingCart,
                kind: "key",
                text: "Bought 500 g Morgenrot",
                meta: "Leipzig Südvorstadt, €14.90",
              },
              {
                id: "2",
                at: "2026-05-14T05:40:00Z",
                icon: IconMail,
                text: "Opened “Your Morgenrot is nearly empty”",
                meta: "Refill reminder, owned",
                gapBelow: "11 days without a touchpoint",
              },
              {
                id: "3",
                at: "2026-05-04T08:02:00Z",
                icon: IconPhone,
                kind: "negative",
                text: "Called the hotline: “Paket stand im Regen”",
                meta: "3 min 20 s, solved",
              },
            ]}
          />
        </Panel>
        <Panel question="Controls">
          <div className="stack s4">
            <div className="row">
              <Button kind="main">Main</Button>
              <Button>Normal</Button>
              <Button kind="quiet">Quiet</Button>
              <Button
                kind="danger"
                onClick={async () => {
                  if (
                    await confirm({
                      title: "Erase Aylin Demir?",
                      text: "412 events and 11 texts leave all stores. This cannot be undone.",
                      action: "Erase",
                      typed: "Aylin",
                    })
                  )
                    notifyDone("Erased.");
                }}
              >
                Erase
              </Button>
              <Button disabledReason="Not before the import has ended.">Not now</Button>
              <IconButton icon={IconRefresh} label="Again" />
              <Button onClick={() => notifyDone("Saved.", { label: "Undo", run: () => {} })}>Save</Button>
            </div>
            <Stepper
              label="Steps"
              current="b"
              steps={[
                { id: "a", label: "File" },
                { id: "b", label: "Columns" },
                { id: "c", label: "Result" },
              ]}
            />
            <div className="row">
              <Chip>plain</Chip>
              <Chip tone="good">good</Chip>
              <Chip tone="watch">watch</Chip>
              <Chip tone="bad">bad</Chip>
              {STATIONS.map((station) => (
                <StationChip key={station} station={station} />
              ))}
            </div>
            <div className="row">
              <TextInput aria-label="Name" placeholder="Name, card, e-mail" />
              <Select
                aria-label="Period"
                data={["Last 28 days", "Last 12 months"]}
                defaultValue="Last 28 days"
              />
              <Switch label="Switch" defaultChecked />
              <Switch label="Off" />
              <Checkbox label="Box" defaultChecked />
            </div>
            <SegmentedControl data={["Rules", "Saved segments"]} />
            <Tabs defaultValue="a">
              <Tabs.List>
                <Tabs.Tab value="a">Paths</Tabs.Tab>
                <Tabs.Tab value="b">Funnel and time</Tabs.Tab>
              </Tabs.List>
            </Tabs>
            <TextInput
              label="Code"
              description="Three letters."
              error="There is no such currency."
              defaultValue="EUX"
            />
          </div>
        </Panel>
      </Grid>
    </Page>
  );
}
