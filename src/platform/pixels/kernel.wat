;; The pixel kernel: what is done with each pixel of a detector's input, 128-bit SIMD.
;; `npm run build:kernel` makes kernel-binary.ts of it; a test compares the two. pixel-memory.ts says what each function
;; does for its callers, test/platform/pixels/kernel-twin.ts does the same in plain JavaScript.
(module
  (memory (export "memory") 1)

  ;; Sixteen pixels of eight chroma values: each stands for two.
  (func $first_twice (param $v v128) (result v128)
    (i8x16.shuffle 0 1 0 1 2 3 2 3 4 5 4 5 6 7 6 7 (local.get $v) (local.get $v)))
  (func $last_twice (param $v v128) (result v128)
    (i8x16.shuffle 8 9 8 9 10 11 10 11 12 13 12 13 14 15 14 15 (local.get $v) (local.get $v)))

  ;; Eight chroma bytes, less their middle, in 1/256.
  (func $chroma8 (param $at i32) (result v128)
    (i16x8.shl
      (i16x8.sub (i16x8.extend_low_i8x16_u (v128.load64_zero (local.get $at))) (i16x8.splat (i32.const 128)))
      (i32.const 8)))

  ;; Luma less black, times 1.164383, in 1/64, with half a step for rounding.
  (func $bright8 (param $luma v128) (result v128)
    (i16x8.add
      (i16x8.q15mulr_sat_s
        (i16x8.shl (i16x8.sub (local.get $luma) (i16x8.splat (i32.const 16))) (i32.const 7))
        (i16x8.splat (i32.const 19077)))
      (i16x8.splat (i32.const 32))))

  ;; Bytes of two times eight values in 1/64.
  (func $bytes16 (param $first v128) (param $last v128) (result v128)
    (i8x16.narrow_i16x8_u
      (i16x8.shr_s (local.get $first) (i32.const 6))
      (i16x8.shr_s (local.get $last) (i32.const 6))))

  ;; Three planes of sixteen bytes, pixel by pixel.
  (func $store_rgb (param $at i32) (param $r v128) (param $g v128) (param $b v128)
    (v128.store (local.get $at)
      (i8x16.shuffle 0 1 16 3 4 17 6 7 18 9 10 19 12 13 20 15
        (i8x16.shuffle 0 16 0 1 17 0 2 18 0 3 19 0 4 20 0 5 (local.get $r) (local.get $g))
        (local.get $b)))
    (v128.store offset=16 (local.get $at)
      (i8x16.shuffle 0 21 2 3 22 5 6 23 8 9 24 11 12 25 14 15
        (i8x16.shuffle 21 0 6 22 0 7 23 0 8 24 0 9 25 0 10 26 (local.get $r) (local.get $g))
        (local.get $b)))
    (v128.store offset=32 (local.get $at)
      (i8x16.shuffle 26 1 2 27 4 5 28 7 8 29 10 11 30 13 14 31
        (i8x16.shuffle 0 11 27 0 12 28 0 13 29 0 14 30 0 15 31 0 (local.get $r) (local.get $g))
        (local.get $b))))

  (func (export "rgb_of_yuv420p")
    (param $image i32) (param $width i32) (param $height i32) (param $out i32) (param $line i32)
    (local $chroma_width i32) (local $row i32) (local $y i32) (local $end i32) (local $u i32) (local $v i32) (local $at i32)
    (local $blueness v128) (local $redness v128) (local $luma v128) (local $first v128) (local $last v128)
    (local $red v128) (local $green v128) (local $blue v128)
    (local.set $chroma_width (i32.shr_u (i32.add (local.get $width) (i32.const 1)) (i32.const 1)))
    (loop $rows
      (local.set $y (i32.add (local.get $image) (i32.mul (local.get $row) (local.get $width))))
      (local.set $end (i32.add (local.get $y) (local.get $width)))
      (local.set $u
        (i32.add
          (i32.add (local.get $image) (i32.mul (local.get $width) (local.get $height)))
          (i32.mul (i32.shr_u (local.get $row) (i32.const 1)) (local.get $chroma_width))))
      (local.set $v
        (i32.add
          (local.get $u)
          (i32.mul
            (local.get $chroma_width)
            (i32.shr_u (i32.add (local.get $height) (i32.const 1)) (i32.const 1)))))
      (local.set $at (i32.add (local.get $out) (i32.mul (local.get $row) (local.get $line))))
      ;; The last sixteen pixels of a row may reach over its end, where the next row or the filling comes later.
      (loop $sixteen
        (local.set $blueness (call $chroma8 (local.get $u)))
        (local.set $redness (call $chroma8 (local.get $v)))
        (local.set $red (i16x8.q15mulr_sat_s (local.get $redness) (i16x8.splat (i32.const 13075))))
        (local.set $green
          (i16x8.add
            (i16x8.q15mulr_sat_s (local.get $blueness) (i16x8.splat (i32.const 3209)))
            (i16x8.q15mulr_sat_s (local.get $redness) (i16x8.splat (i32.const 6660)))))
        (local.set $blue (i16x8.q15mulr_sat_s (local.get $blueness) (i16x8.splat (i32.const 16525))))
        (local.set $luma (v128.load (local.get $y)))
        (local.set $first (call $bright8 (i16x8.extend_low_i8x16_u (local.get $luma))))
        (local.set $last (call $bright8 (i16x8.extend_high_i8x16_u (local.get $luma))))
        (call $store_rgb (local.get $at)
          (call $bytes16
            (i16x8.add_sat_s (local.get $first) (call $first_twice (local.get $red)))
            (i16x8.add_sat_s (local.get $last) (call $last_twice (local.get $red))))
          (call $bytes16
            (i16x8.sub_sat_s (local.get $first) (call $first_twice (local.get $green)))
            (i16x8.sub_sat_s (local.get $last) (call $last_twice (local.get $green))))
          (call $bytes16
            (i16x8.add_sat_s (local.get $first) (call $first_twice (local.get $blue)))
            (i16x8.add_sat_s (local.get $last) (call $last_twice (local.get $blue)))))
        (local.set $u (i32.add (local.get $u) (i32.const 8)))
        (local.set $v (i32.add (local.get $v) (i32.const 8)))
        (local.set $at (i32.add (local.get $at) (i32.const 48)))
        (local.set $y (i32.add (local.get $y) (i32.const 16)))
        (br_if $sixteen (i32.lt_u (local.get $y) (local.get $end))))
      (memory.fill
        (i32.add
          (i32.add (local.get $out) (i32.mul (local.get $row) (local.get $line)))
          (i32.mul (local.get $width) (i32.const 3)))
        (i32.const 0)
        (i32.sub (local.get $line) (i32.mul (local.get $width) (i32.const 3))))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $row) (local.get $height)))))

  ;; Sums of three lines, sixteen bytes at a time, as 16-bit numbers.
  (func $sum_lines (param $from i32) (param $line i32) (param $sums i32)
    (local $end i32) (local $a v128) (local $b v128) (local $c v128)
    (local.set $end (i32.add (local.get $from) (local.get $line)))
    (loop $sixteen
      (local.set $a (v128.load (local.get $from)))
      (local.set $b (v128.load (i32.add (local.get $from) (local.get $line))))
      (local.set $c (v128.load (i32.add (local.get $from) (i32.shl (local.get $line) (i32.const 1)))))
      (v128.store (local.get $sums)
        (i16x8.add
          (i16x8.add (i16x8.extend_low_i8x16_u (local.get $a)) (i16x8.extend_low_i8x16_u (local.get $b)))
          (i16x8.extend_low_i8x16_u (local.get $c))))
      (v128.store offset=16 (local.get $sums)
        (i16x8.add
          (i16x8.add (i16x8.extend_high_i8x16_u (local.get $a)) (i16x8.extend_high_i8x16_u (local.get $b)))
          (i16x8.extend_high_i8x16_u (local.get $c))))
      (local.set $sums (i32.add (local.get $sums) (i32.const 32)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (br_if $sixteen (i32.lt_u (local.get $from) (local.get $end)))))

  ;; A ninth of three sums, rounded; 7282 / 65536 divides whole numbers up to 2299 exactly.
  (func $ninth (param $sums i32) (result i32)
    (i32.shr_u
      (i32.mul
        (i32.add
          (i32.add (i32.load16_u (local.get $sums)) (i32.load16_u offset=6 (local.get $sums)))
          (i32.add (i32.load16_u offset=12 (local.get $sums)) (i32.const 4)))
        (i32.const 7282))
      (i32.const 16)))

  (func (export "third")
    (param $image i32) (param $width i32) (param $height i32) (param $sums i32) (param $out i32)
    (local $line i32) (local $rows i32) (local $at i32) (local $end i32)
    (local.set $line (i32.mul (local.get $width) (i32.const 3)))
    (local.set $rows (i32.div_u (local.get $height) (i32.const 3)))
    (local.set $end (i32.add (local.get $sums) (i32.mul (i32.div_u (local.get $width) (i32.const 3)) (i32.const 18))))
    (loop $each
      (call $sum_lines (local.get $image) (local.get $line) (local.get $sums))
      (local.set $at (local.get $sums))
      (loop $pixels
        (i32.store8 (local.get $out) (call $ninth (local.get $at)))
        (i32.store8 offset=1 (local.get $out) (call $ninth (i32.add (local.get $at) (i32.const 2))))
        (i32.store8 offset=2 (local.get $out) (call $ninth (i32.add (local.get $at) (i32.const 4))))
        (local.set $out (i32.add (local.get $out) (i32.const 3)))
        (local.set $at (i32.add (local.get $at) (i32.const 18)))
        (br_if $pixels (i32.lt_u (local.get $at) (local.get $end))))
      (local.set $image (i32.add (local.get $image) (i32.mul (local.get $line) (i32.const 3))))
      (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
      (br_if $each (local.get $rows)))))
