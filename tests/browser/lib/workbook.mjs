// The wage declaration as an employer's spreadsheet program sees it.
import assert from "node:assert/strict";
import ExcelJS from "exceljs";

const TITLES = {
  number: "N° CNSS", surname: "Nom", forenames: "Prénoms",
  wage1: "Salaire M1", wage2: "Salaire M2", wage3: "Salaire M3",
  days1: "Jours M1", days2: "Jours M2", days3: "Jours M3",
  hired_on: "Date d'embauche", left_on: "Date de débauche", observation: "Observation",
};

/** A declaration's workbook: its workers by row, its columns by field. */
export class Wages {
  /** Reads a workbook with Togo's titles, or those of another fund where they differ. */
  static async read(bytes, others = {}) {
    const titles = { ...TITLES, ...others };
    const book = new ExcelJS.Workbook();
    await book.xlsx.load(bytes);
    const wages = new Wages();
    wages.book = book;
    wages.sheet = book.worksheets[0];
    wages.columns = {};
    wages.sheet.eachRow((row, number) => {
      if (wages.heading) return;
      row.eachCell((cell, column) => {
        const field = Object.keys(titles).find((key) => titles[key] === cell.text.trim());
        if (field) wages.columns[field] = column;
      });
      if (wages.columns.number && wages.columns.wage1) wages.heading = number;
    });
    assert.ok(wages.heading, "the workbook has no heading row");
    for (const field of Object.keys(titles)) assert.ok(wages.columns[field], `no column « ${titles[field]} »`);
    return wages;
  }

  /** The rows that hold a worker. */
  rows() {
    const rows = [];
    for (let row = this.heading + 1; row <= this.sheet.rowCount; row += 1) {
      if (this.cell(row, "number").text.trim()) rows.push(row);
    }
    return rows;
  }

  cell(row, field) { return this.sheet.getCell(row, this.columns[field]); }
  number(row) { return this.cell(row, "number").text.trim(); }
  set(row, field, value) { this.cell(row, field).value = value; }

  /** The letter of a column. */
  letter(field) { return this.sheet.getColumn(this.columns[field]).letter; }

  /** Puts the same wage in every month of every worker. */
  fill(wage) {
    for (const row of this.rows()) for (const field of ["wage1", "wage2", "wage3"]) this.set(row, field, wage);
    return this;
  }

  /** A new row under the others with the identity of another one; gives its number. */
  copyWorker(row) {
    const added = this.rows().at(-1) + 1;
    for (const field of ["number", "surname", "forenames"]) this.set(added, field, this.cell(row, field).value);
    return added;
  }

  /** Empties a row. */
  clear(row) { for (const field of Object.keys(TITLES)) this.set(row, field, null); }

  async bytes() { return Buffer.from(await this.book.xlsx.writeBuffer()); }
}

/** Digits of a formatted amount: « 79 900 F CFA » is 79900. */
export const digits = (text) => Number(text.replace(/\u2212/g, "-").replace(/[^\d-]/g, ""));
