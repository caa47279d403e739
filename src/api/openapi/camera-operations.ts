import { z } from 'zod';
import { HistoryQuery, Seq, StreamQuery } from '../history-query.ts';
import { tagged } from './operation.ts';

const CAMERA = { id: { schema: z.string(), says: 'id of a camera' } };
const VIEW_FAILS = ['not_found', 'not_ready'] as const;

/** Cameras, doors and what happens at them. */
export const CAMERA_OPERATIONS = {
  ...tagged('Cameras and doors', {
    'GET /api/v1/cameras': {
      does: 'what each camera of the customer is doing, and why not',
      answer: { status: 200, json: 'Cameras' },
    },
    'GET /api/v1/cameras/:id/snapshot.jpg': {
      does: "the camera's next picture",
      path: CAMERA,
      answer: {
        status: 200,
        types: { 'image/jpeg': 'the picture in which faces are looked for' },
        headers: { 'X-Captured-At': 'when the frame had arrived (ISO 8601)' },
      },
      fails: VIEW_FAILS,
    },
    'GET /api/v1/cameras/:id/live.mjpg': {
      does: 'its pictures as they come (`multipart/x-mixed-replace`)',
      path: CAMERA,
      answer: {
        status: 200,
        types: { 'multipart/x-mixed-replace': 'JPEG pictures that replace one another' },
      },
      fails: VIEW_FAILS,
    },
    'GET /api/v1/cameras/:id/faces': {
      does: 'the faces in them as they come (Server-Sent Events)',
      path: CAMERA,
      answer: { status: 200, types: { 'text/event-stream': 'one JSON object for each analysed frame' } },
      fails: VIEW_FAILS,
    },
    'POST /api/v1/doors/:id/test': {
      does: 'what a door would decide of the face in an image now, and why; opens nothing',
      path: { id: { schema: z.string(), says: 'id of a door' } },
      body: { fields: ['image_path'], required: ['image_path'] },
      answer: { status: 200, json: 'DoorTrialAnswer' },
      fails: [
        'invalid_request',
        'missing_parameter',
        'no_face',
        'image_undecodable',
        'not_found',
        'too_large',
        'unsupported_media',
      ],
    },
  }),
  ...tagged('Events', {
    'GET /api/v1/events': {
      does: 'events of the past, the oldest first; with `Accept: application/x-ndjson` all that fit, as JSON lines',
      query: HistoryQuery,
      answer: {
        status: 200,
        json: 'EventPage',
        types: { 'application/x-ndjson': 'one Event a line, all that fit' },
      },
      fails: ['invalid_request', 'person_not_found'],
    },
    'GET /api/v1/events/stream': {
      does: 'events as they come (Server-Sent Events), from `Last-Event-ID` on',
      query: StreamQuery,
      headers: { 'Last-Event-ID': { schema: Seq.optional(), says: 'the seq of the last event that came' } },
      answer: {
        status: 200,
        types: { 'text/event-stream': 'each Event with its seq as id and its type as name' },
      },
      fails: ['invalid_request', 'person_not_found'],
    },
    'GET /api/v1/events/:id/snapshot.jpg': {
      does: 'the face crop of an event, where one is kept (`history.snapshots`)',
      path: { id: { schema: Seq, says: 'seq of an event' } },
      answer: { status: 200, types: { 'image/jpeg': 'the face that the event rests on' } },
      fails: ['invalid_request', 'not_found', 'snapshot_not_found'],
    },
    'GET /api/v1/webhooks/undelivered': {
      does: 'decisions that no webhook took, the oldest first; they name nobody',
      answer: { status: 200, json: 'Undelivered' },
    },
    'DELETE /api/v1/webhooks/undelivered': {
      does: 'forget all of them',
      answer: { status: 200, json: 'Forgotten' },
    },
    'DELETE /api/v1/webhooks/undelivered/:seq': {
      does: 'forget one of them',
      path: { seq: { schema: Seq, says: 'the seq of its event' } },
      answer: { status: 200, json: 'Forgotten' },
      fails: ['invalid_request', 'not_found'],
    },
  }),
};
