import { useTools } from "../kernel/tools.ts";
import { CustodyStory } from "./custody.tsx";
import { Hash } from "./hash.tsx";
import { type Check, Ladder } from "./ladder.tsx";
import { DocumentPreview } from "./preview.tsx";

const DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const at = (text: string) => Temporal.Instant.from(text);

/** Evidence: custody, proof, digests, documents. */
export function DesignProofs() {
  return (
    <>
      <FirstProofs />
      <SecondProofs />
      <ThirdProofs />
    </>
  );
}

function FirstProofs() {
  const { t } = useTools();
  return (
    <>
      <section id="evidence">
        <h2>{t("ui.design.custody")}</h2>
        <CustodyStory
          lines={[
            {
              at: at("2026-11-13T01:12:00Z"),
              what: t("ui.design.custody.received"),
              who: "M. Santos",
              unchanged: true,
              digest: DIGEST,
              proof: "#proof",
            },
            {
              at: at("2026-11-14T08:00:00Z"),
              what: t("ui.design.custody.moved"),
              who: "S. Ramgoolam",
              unchanged: null,
            },
            {
              at: at("2026-11-20T09:45:00Z"),
              what: t("ui.design.custody.examined"),
              who: "A. Leung",
              unchanged: true,
              digest: DIGEST,
              proof: "#proof",
            },
            {
              at: at("2026-12-01T09:02:00Z"),
              what: t("ui.design.custody.read"),
              who: "A. Leung",
              unchanged: false,
              digest: DIGEST.replace("9f", "1c"),
            },
          ]}
        />
      </section>
    </>
  );
}

function SecondProofs() {
  const { t } = useTools();
  const checks = (third: Check["result"]): Check[] => [
    { says: t("ui.design.check.bytes"), result: "passed", detail: <Hash value={DIGEST} label="SHA-256" short /> },
    { says: t("ui.design.check.entry"), result: "passed", source: "RFC 9162 §2.1.3" },
    { says: t("ui.design.check.time"), result: third, source: "RFC 3161" },
    { says: t("ui.design.check.witness"), result: third === "passed" ? "passed" : "not-checked" },
  ];
  return (
    <>
      <section id="proof">
        <h2>{t("ui.design.proof")}</h2>
        <div class="columns">
          <Ladder checks={checks("passed")} />
          <Ladder checks={checks("failed")} />
          <Ladder checks={checks("not-checked")} />
        </div>
      </section>
    </>
  );
}

function ThirdProofs() {
  const { t } = useTools();
  return (
    <>
      <section>
        <h2>{t("ui.design.hashes")}</h2>
        <p>
          <Hash value={DIGEST} label="SHA-256" compare />
        </p>
        <p>
          <Hash value={DIGEST} short />
        </p>
        <DocumentPreview
          title={t("ui.design.document")}
          href="#document"
          kind="PDF/A"
          pages={3}
          sizeBytes={184_320}
          versions={[
            { label: "Français", href: "#fr" },
            { label: "English", href: "#en" },
          ]}
        />
      </section>
    </>
  );
}
