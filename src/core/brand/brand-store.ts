import type { Queryable } from '../../platform/database/database.ts';
import { readImage } from '../../platform/image.ts';
import { BRAND_IMAGES, type Brand, type BrandImage, type BrandSettings } from './brand.ts';

type BrandRow = BrandSettings & Readonly<Record<BrandImage, Buffer | null>> & { readonly version: number };

/** The brand as administrators have set it. */
export interface StoredBrand {
  readonly brand: Brand;
  /** Changes with the brand. */
  readonly version: number;
}

/** @param known returns undefined if this is still the version */
export async function findBrand(db: Queryable, known: number | null): Promise<StoredBrand | undefined> {
  const [row] = await db.query<BrandRow>(
    {
      name: 'brand',
      text: `SELECT name, accent, accent_dark AS "accentDark", support, legal,
                    logo, logo_dark AS "logoDark", favicon, version
               FROM brand WHERE version IS DISTINCT FROM $1`,
    },
    [known],
  );
  if (!row) return undefined;
  const { version, ...columns } = row;
  const images = BRAND_IMAGES.map((image) => {
    const content = row[image];
    return [image, content && readImage(image, content)] as const;
  });
  return { version, brand: { ...columns, ...(Object.fromEntries(images) as Pick<Brand, BrandImage>) } };
}

/** Locks the brand until the transaction ends, and reads it. */
export async function lockBrand(db: Queryable): Promise<Brand | undefined> {
  await db.query({ name: 'lock_brand', text: 'SELECT FROM brand FOR NO KEY UPDATE' });
  return (await findBrand(db, null))?.brand;
}

export async function updateBrand(db: Queryable, settings: BrandSettings): Promise<void> {
  const { name, accent, accentDark, support, legal } = settings;
  await db.query(
    {
      name: 'update_brand',
      text: `UPDATE brand SET name = $1, accent = $2, accent_dark = $3, support = $4, legal = $5, version = version + 1`,
    },
    [name, accent, accentDark, support && JSON.stringify(support), JSON.stringify(legal)],
  );
}

const COLUMNS = { logo: 'logo', logoDark: 'logo_dark', favicon: 'favicon' } as const;

/** @param content null: no image. @returns whether the image was another one */
export async function updateBrandImage(
  db: Queryable,
  image: BrandImage,
  content: Buffer | null,
): Promise<boolean> {
  const column = COLUMNS[image];
  const rows = await db.query(
    {
      name: `update_brand_${column}`,
      text: `UPDATE brand SET ${column} = $1, version = version + 1 WHERE ${column} IS DISTINCT FROM $1 RETURNING version`,
    },
    [content],
  );
  return rows.length === 1;
}
