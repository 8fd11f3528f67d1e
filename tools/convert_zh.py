#!/usr/bin/env python3
"""Turns the Chinese data sets into our own product CSV, on standard output.

convert_zh.py litemall|supermarket CATALOGUES   (the folder that holds zh-litemall, zh-supermarket)
"""
import csv
import gzip
import json
import pathlib
import sys


def rows_of(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return [r for r in csv.DictReader(file) if r.get("deleted", "0") == "0"]


def grouped(rows, key):
    groups = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups


def category_paths(categories):
    names = {c["id"]: c for c in categories}

    def path(key):
        here = names.get(key)
        if here is None:
            return ""
        above = path(here["pid"])
        return f"{above} > {here['name']}" if above else here["name"]

    return {key: path(key) for key in names}


def address(text):
    return text if text.startswith("http") else ""


def litemall(root):
    """One product per good, one row per SKU; the specifications are the options."""
    folder = root / "zh-litemall"
    brands = {b["id"]: b["name"] for b in rows_of(folder / "brand.csv")}
    paths = category_paths(rows_of(folder / "category.csv"))
    skus = grouped(rows_of(folder / "goods_product.csv.gz"), "goods_id")
    names = {}
    for row in rows_of(folder / "goods_specification.csv.gz"):
        known = names.setdefault(row["goods_id"], [])
        if row["specification"] not in known:
            known.append(row["specification"])
    attributes = grouped(rows_of(folder / "goods_attribute.csv.gz"), "goods_id")
    for good in rows_of(folder / "goods.csv.gz"):
        images = [good["pic_url"], *json.loads(good["gallery"] or "[]")]
        first = {
            "title": good["name"], "title:zh": good["name"],
            "description": good["brief"], "brand": brands.get(good["brand_id"], ""),
            "category": paths.get(good["category_id"], ""),
            "tags": ",".join(filter(None, good["keywords"].replace("，", ",").split(","))),
            "status": "active" if good["is_on_sale"] == "1" else "draft",
            "image": "\n".join(filter(None, map(address, images))),
        }
        for row in attributes.get(good["id"], []):
            first["attr:" + row["attribute"].strip()] = row["value"].strip()
        for at, sku in enumerate(skus.get(good["id"], [])):
            values = json.loads(sku["specifications"])
            options = names.get(good["id"], [])
            out = dict(first) if at == 0 else {}
            for i, value in enumerate(values[:3]):
                out[f"option{i + 1} value"] = value
                if at == 0 and i < len(options):
                    out[f"option{i + 1} name"] = options[i]
            out |= {"handle": "goods-" + good["id"], "sku": sku["id"], "price": sku["price"],
                    "compare at price": good["counter_price"], "stock": sku["number"]}
            yield out


def supermarket(root):
    """One product and one variant per item; the code is SKU and barcode."""
    for item in rows_of(root / "zh-supermarket" / "items.csv.gz"):
        yield {
            "handle": "item-" + item["code"], "title": item["name"], "title:zh": item["name"],
            "category": item["category"], "status": "active", "sku": item["code"],
            "gtin": item["code"], "price": item["retail_price_cny"],
            "attr:unit": item["unit"], "attr:spec": item["spec"],
        }


def main():
    kinds = {"litemall": litemall, "supermarket": supermarket}
    if len(sys.argv) != 3 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    rows = list(kinds[sys.argv[1]](pathlib.Path(sys.argv[2])))
    columns = list(dict.fromkeys(name for row in rows for name in row))
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    writer = csv.DictWriter(sys.stdout, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
    main()
