/** Image formats that uploads may have. */
export type StillFormat = 'jpeg' | 'png' | 'webp';

/** The format of an image, told from its first bytes alone: names and declared types are not to be trusted. */
export function sniffImage(bytes: Uint8Array): { accepted: StillFormat } | { refused: string } | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 512));
  const at = (offset: number, text: string) => head.toString('latin1', offset, offset + text.length) === text;

  if (at(0, '\xff\xd8\xff')) return { accepted: 'jpeg' };
  if (at(0, '\x89PNG\r\n\x1a\n')) return { accepted: 'png' };
  if (at(0, 'RIFF') && at(8, 'WEBP')) return { accepted: 'webp' };

  if (at(0, 'GIF8')) return { refused: 'GIF' };
  if (at(0, 'II*\0') || at(0, 'MM\0*') || at(0, 'II+\0') || at(0, 'MM\0+')) return { refused: 'TIFF' };
  if (at(0, 'BM')) return { refused: 'BMP' };
  if (at(0, '%PDF-')) return { refused: 'PDF' };
  if (at(4, 'ftyp')) return { refused: brandName(head.toString('latin1', 8, 12)) };
  const text = head
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (text.startsWith('<') && text.includes('<svg')) return { refused: 'SVG' };
  return undefined;
}

/** The name people know a file of the ISO base media family by (ISO/IEC 14496-12; brands of HEIF and AVIF). */
function brandName(brand: string): string {
  if (/^(heic|heix|heim|heis|hevc|mif1|msf1)$/.test(brand)) return 'HEIC';
  return /^avi[fs]$/.test(brand) ? 'AVIF' : 'video';
}
