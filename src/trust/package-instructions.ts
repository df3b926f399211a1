import { ASIC } from "./verify-asic.ts";
import { PLACE, itemPlaces } from "./verify-package-form.ts";

/** What the instructions name. */
export interface Instructed {
  /** File name of the package. */
  readonly name: string;
  readonly at: Temporal.Instant;
  readonly origin: string;
  /** Folders of the items, with the number of their events. */
  readonly items: readonly { readonly folder: string; readonly events: number }[];
  /** False where the bytes of every file are withheld: a list without lines is an error to `sha256sum`. */
  readonly hasPayload: boolean;
  /** SHA-256 of the signing certificate, hex. */
  readonly signing: string;
}

const said = (english: string, french: string, arabic: string): string => `\n# ${english}\n# ${french}\n# ${arabic}\n`;

/** Digests of an item's events one after the other, each of which must name the digest of the one before it. */
const custodyLoop = (folder: string): string => {
  const { custody } = itemPlaces(folder);
  return `before=null
sed -n -e 's/^{"salt":"\\([^"]*\\)","record":\\(.*\\)},\\{0,1\\}$/\\1 \\2/p' -e 's/^{"digest":"\\([^"]*\\)","withheld":.*$/withheld \\1/p' ${custody} > ${custody}.lines
while read -r salt record; do
  if [ "$salt" = withheld ]; then
    entry=$record
    digest=$(bytes "$entry" | od -An -v -tx1 | tr -d ' \\n')
    echo "$digest WITHHELD"
    before="\\"$digest\\""
    continue
  fi
  entry=$({ bytes "$salt"; printf '%s' "$record"; } | sha)
  digest=$(bytes "$entry" | od -An -v -tx1 | tr -d ' \\n')
  case "$record" in *'"prev":'"$before"',"seq":'*) echo "$digest OK" ;; *) echo "$digest BROKEN"; false ;; esac
  before="\\"$digest\\""
done < ${custody}.lines
`;
};

/**
 * The last event's proof, walked up to the checkpoint's root. It is enough for all: each event names the one before it.
 *
 * @source RFC 9162 §2.1.3.2
 */
const inclusionLoop = (folder: string, events: number): string => {
  const proof = itemPlaces(folder).proof(events);
  return `hash=$({ printf '\\000'; bytes "$entry"; } | sha)
fn=$(sed -n 's/^index //p' ${proof} | head -n 1)
sn=$(($(sed -n 2p ${PLACE.checkpoint}) - 1))
for p in $(sed -n '/^index /,/^$/p' ${proof} | sed '1d;/^$/d'); do
  if [ $((fn % 2)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
    hash=$({ printf '\\001'; bytes "$p"; bytes "$hash"; } | sha)
    while [ $((fn % 2)) -eq 0 ] && [ "$fn" -ne 0 ]; do fn=$((fn / 2)); sn=$((sn / 2)); done
  else
    hash=$({ printf '\\001'; bytes "$hash"; bytes "$p"; } | sha)
  fi
  fn=$((fn / 2)); sn=$((sn / 2))
done
if [ "$hash" = "$(sed -n 3p ${PLACE.checkpoint})" ]; then echo "${folder} in the ledger"; else echo "${folder} NOT in the ledger"; false; fi
`;
};

/**
 * VERIFY.txt: a shell script whose prose is in comments, so that a person may paste it line by line or run it whole.
 * Times are checked at the moment of signing, because evidence outlives certificates.
 */
export function writeInstructions({ name, at, origin, items, signing, hasPayload }: Instructed): string {
  const unpacked = name.replace(/\.asice$/, "");
  const when = Math.floor(at.epochMilliseconds / 1000);
  return `# How to check ${name} with public tools. Needed: unzip, sha256sum, openssl 3.0 or later.
# Comment vérifier ${name} avec des outils publics. Il faut : unzip, sha256sum, openssl 3.0 ou plus récent.
# كيفية فحص ${name} بأدوات عامة. يلزم: unzip وsha256sum وopenssl 3.0 أو أحدث.
#
# Start in the folder that holds the package. Paste the lines, or run them all: sh -e VERIFY.txt
# Partez du dossier qui contient le paquet. Collez les lignes, ou lancez-les toutes : sh -e VERIFY.txt
# ابدأ من المجلد الذي يحوي الحزمة. الصق الأسطر، أو شغّلها كلها: sh -e VERIFY.txt
${said("1. Unpack.", "1. Décompresser.", "1. فك الضغط.")}export LC_ALL=C.UTF-8
unzip -q ${name} -d ${unpacked}
cd ${unpacked}
${said(
  "2. Every file has the SHA-256 that the bag lists. Nothing is printed when all is well.",
  "2. Chaque fichier a le SHA-256 que donne la liste. Rien ne s’affiche si tout est en ordre.",
  "2. لكل ملف قيمة SHA-256 التي تذكرها القائمة. لا يظهر شيء إذا كان كل شيء سليمًا.",
)}${hasPayload ? `sha256sum --check --strict --quiet ${PLACE.manifest}\n` : ""}sha256sum --check --strict --quiet ${PLACE.tagManifest}
${said(
  "3. That list is the one that was signed. One line must be printed.",
  "3. Cette liste est bien celle qui a été signée. Une ligne doit s’afficher.",
  "3. هذه القائمة هي التي وُقّعت. يجب أن يظهر سطر واحد.",
)}grep -F "$(openssl dgst -sha256 -binary ${PLACE.tagManifest} | openssl base64)" ${ASIC.manifest}
${said(
  "4. The authority's signature. Compare the fingerprint with the one that the authority publishes:",
  "4. La signature de l’autorité. Comparez l’empreinte avec celle que l’autorité publie :",
  "4. توقيع السلطة. قارن البصمة بالتي تنشرها السلطة:",
)}# ${signing.match(/../g)?.join(":").toUpperCase()}
openssl cms -verify -binary -cades -inform DER -in ${ASIC.signature} -content ${ASIC.manifest} -CAfile ${PLACE.signingKey} -attime ${when} -out /dev/null
openssl x509 -in ${PLACE.signingKey} -noout -subject -fingerprint -sha256
${said("5. The time-stamps.", "5. Les horodatages.", "5. الأختام الزمنية.")}openssl ts -verify -token_in -in ${ASIC.timestamp} -data ${ASIC.archiveManifest} -CAfile ${PLACE.timestampKeys} -attime ${when}
openssl ts -verify -token_in -in ${PLACE.checkpointToken} -data ${PLACE.checkpoint} -CAfile ${PLACE.timestampKeys} -attime ${when}
${said(
  "6. The ledger's signature on its checkpoint.",
  "6. La signature du registre sur son point de contrôle.",
  "6. توقيع الدفتر على حالته.",
)}sed '/^$/,$d' ${PLACE.checkpoint} > ${PLACE.checkpoint}.text
grep -F -- '— ${origin} ' ${PLACE.checkpoint} | head -n 1 | sed 's/.* //' | openssl base64 -d -A | tail -c 64 > ${PLACE.checkpoint}.signature
openssl pkeyutl -verify -pubin -inkey ${PLACE.ledgerKey} -rawin -in ${PLACE.checkpoint}.text -sigfile ${PLACE.checkpoint}.signature
${said(
  "7. Each custody event follows the one before it (every line must end in OK, or in WITHHELD where its words are not given), and the last one is in the ledger.",
  "7. Chaque événement de conservation suit le précédent (chaque ligne doit finir par OK, ou par WITHHELD si son texte est retenu), et le dernier est au registre.",
  "7. يتبع كل حدث من أحداث الحيازة الحدث الذي قبله (يجب أن ينتهي كل سطر بـ OK، أو بـ WITHHELD إذا حُجب نصه)، والأخير مقيّد في الدفتر.",
)}bytes() { printf '%s' "$1" | openssl base64 -d -A; }
sha() { openssl dgst -sha256 -binary | openssl base64 -A; }
${items.map(({ folder, events }) => custodyLoop(folder) + inclusionLoop(folder, events)).join("\n")}
# The other *.tlog-proof files are in the form c2sp.org/tlog-proof@v1; "comity verify", or the page verify.html, checks each of them, and all else.
# Les autres fichiers *.tlog-proof suivent la forme c2sp.org/tlog-proof@v1 ; « comity verify » les vérifie tous, et le reste.
# ملفات *.tlog-proof الأخرى بالصيغة c2sp.org/tlog-proof@v1؛ والأمر comity verify، أو الصفحة verify.html، يفحصها كلها مع سواها.
`;
}
