// Writes zip packages by hand, for the workbooks that no honest program would write.
import { createDeflateRaw, crc32, deflateRawSync } from "node:zlib";

/** One entry from text or bytes. */
export function packed(name, content) {
  const bytes = Buffer.from(content);
  return { name, size: bytes.length, crc: crc32(bytes), data: deflateRawSync(bytes) };
}

/** One entry of `head`, then `filler` so many times, then `tail`; never whole in memory. */
export async function repeated(name, head, filler, times, tail) {
  const deflate = createDeflateRaw({ level: 9 });
  const chunks = [];
  deflate.on("data", (chunk) => chunks.push(chunk));
  const ended = new Promise((done, fail) => deflate.on("end", done).on("error", fail));
  let [size, crc] = [0, 0];
  const block = Buffer.from(filler);
  const write = async (bytes) => {
    size += bytes.length;
    crc = crc32(bytes, crc);
    if (!deflate.write(bytes)) await new Promise((drained) => deflate.once("drain", drained));
  };
  await write(Buffer.from(head));
  for (let i = 0; i < times; i += 1) await write(block);
  await write(Buffer.from(tail));
  deflate.end();
  await ended;
  return { name, size, crc, data: Buffer.concat(chunks) };
}

/** The package of some entries. */
export function zip(entries) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(entry.crc, 10);
    common.writeUInt32LE(entry.data.length, 14);
    common.writeUInt32LE(entry.size, 18);
    common.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    parts.push(Buffer.from("PK\x03\x04"), common, name, entry.data);
    directory.push(Buffer.from("PK\x01\x02\x14\x00"), common, tail, name);
    offset += 30 + name.length + entry.data.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listed, end]);
}

/** The parts of a small workbook, without its sheet. */
export const skeleton = () => [
  packed("[Content_Types].xml", `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`),
  packed("_rels/.rels", `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`),
  packed("xl/workbook.xml", `<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="DNR" sheetId="1" r:id="rId1"/></sheets></workbook>`),
  packed("xl/_rels/workbook.xml.rels", `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`),
];

export const SHEET = "xl/worksheets/sheet1.xml";
export const SHEET_HEAD = `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`;
export const SHEET_TAIL = "</sheetData></worksheet>";
