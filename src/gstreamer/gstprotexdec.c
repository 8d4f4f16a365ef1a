/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-protexh264dec
 * @title: protexh264dec, protexh265dec, protexvp9dec
 *
 * Bins of one decoder each: GStreamer's own for V4L2 (v4l2h264dec and so on), of
 * a video device that writes to protected memory only, told to import its
 * bitstream and to export its pictures.
 *
 * By itself that decoder does the same. But the caps of its bitstream say nothing
 * of memory, so whoever plugs elements takes the first one for the codec, with an
 * ordinary device and its bitstream copied. These bins take `memory:DMABuf`,
 * which says #GstProtexDecrypt only, and nobody else takes it: #GstDecodebin3 and
 * #GstPlaybin3 have one choice.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=clip.mp4 ! qtdemux ! protexdecrypt ! protexh264dec ! waylandsink
 * ]| Plays a file that has its key in it.
 */
#include <string.h>

#include "gstprotexdec.h"

GST_DEBUG_CATEGORY_STATIC (gst_protex_dec_debug);
#define GST_CAT_DEFAULT gst_protex_dec_debug

/* The names that drivers give devices whose pictures are all protected. V4L2 has
 * no way to ask for that yet. */
static const gchar *const protected_devices[] = { "mediacard-protected-dec" };

typedef struct
{
  const gchar *name;            /* in those of types and elements */
  const gchar *media_type;
  const gchar *fields;
} Codec;

static const Codec codecs[] = {
  {"h264", "video/x-h264",
      ", stream-format = (string) byte-stream, alignment = (string) au"},
  {"h265", "video/x-h265",
      ", stream-format = (string) byte-stream, alignment = (string) au"},
  {"vp9", "video/x-vp9", ""},
};

typedef struct
{
  GstElement *decoder;          /* of the bin */
  GstPad *sink, *src;
} GstProtexDecPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstProtexDec, gst_protex_dec, GST_TYPE_BIN,
    G_ADD_PRIVATE (GstProtexDec)
    GST_DEBUG_CATEGORY_INIT (gst_protex_dec_debug, "protexdec", 0,
        "decodes in protected memory"));

static GstProtexDecPrivate *
get_private (GstProtexDec * self)
{
  return gst_protex_dec_get_instance_private (self);
}

/* ---- the decoder in it --------------------------------------------------- */

/* What the driver calls the device at that path. */
static gchar *
dup_device_name (const gchar * path)
{
  gchar *base = g_path_get_basename (path);
  gchar *file = g_build_filename ("/sys/class/video4linux", base, "name", NULL);
  gchar *name = NULL;

  if (g_file_get_contents (file, &name, NULL, NULL))
    g_strstrip (name);
  g_free (file);
  g_free (base);
  return name;
}

static gboolean
is_protected (GstElement * decoder)
{
  gchar *path, *name;
  gboolean ret = FALSE;
  guint i;

  g_object_get (decoder, "device", &path, NULL);
  name = path ? dup_device_name (path) : NULL;
  for (i = 0; name && i < G_N_ELEMENTS (protected_devices); i++)
    ret |= g_str_equal (name, protected_devices[i]);
  GST_DEBUG ("%s decodes with %s, which is %s: %s protected",
      GST_OBJECT_NAME (decoder), GST_STR_NULL (path), GST_STR_NULL (name),
      ret ? "that is" : "that is not");
  g_free (name);
  g_free (path);
  return ret;
}

static GstElement *
make_decoder (GstElementFactory * factory)
{
  GstElement *decoder;

  if (g_strcmp0 (gst_plugin_feature_get_plugin_name (GST_PLUGIN_FEATURE
              (factory)), "video4linux2") != 0)
    return NULL;
  decoder = gst_element_factory_create (factory, NULL);
  if (!decoder)
    return NULL;
  gst_object_ref_sink (decoder);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (decoder),
          "output-io-mode") && is_protected (decoder))
    return decoder;
  gst_object_unref (decoder);
  return NULL;
}

/* GStreamer has an element for each device and codec. */
static GstElement *
find_decoder (GstCaps * codec)
{
  GList *all = gst_element_factory_list_get_elements
      (GST_ELEMENT_FACTORY_TYPE_DECODER |
      GST_ELEMENT_FACTORY_TYPE_MEDIA_VIDEO, GST_RANK_NONE);
  GList *fit = gst_element_factory_list_filter (all, codec, GST_PAD_SINK,
      FALSE);
  GstElement *decoder = NULL;
  GList *l;

  for (l = fit; l && !decoder; l = l->next)
    decoder = make_decoder (l->data);
  gst_plugin_feature_list_free (fit);
  gst_plugin_feature_list_free (all);
  return decoder;
}

static gboolean
gst_protex_dec_open (GstProtexDec * self)
{
  GstProtexDecPrivate *priv = get_private (self);
  GstElement *decoder = find_decoder (GST_PROTEX_DEC_GET_CLASS (self)->codec);
  GstPad *sink, *src;

  if (!decoder) {
    GST_ELEMENT_ERROR (self, RESOURCE, NOT_FOUND, (NULL),
        ("There is no V4L2 device that decodes this into protected memory, or "
            "GStreamer's plugin video4linux2 is missing"));
    return FALSE;
  }
  gst_util_set_object_arg (G_OBJECT (decoder), "output-io-mode",
      "dmabuf-import");
  gst_util_set_object_arg (G_OBJECT (decoder), "capture-io-mode", "dmabuf");

  gst_bin_add (GST_BIN (self), decoder);
  sink = gst_element_get_static_pad (decoder, "sink");
  src = gst_element_get_static_pad (decoder, "src");
  gst_ghost_pad_set_target (GST_GHOST_PAD (priv->sink), sink);
  gst_ghost_pad_set_target (GST_GHOST_PAD (priv->src), src);
  gst_object_unref (sink);
  gst_object_unref (src);
  priv->decoder = decoder;
  return TRUE;
}

static void
gst_protex_dec_close (GstProtexDec * self)
{
  GstProtexDecPrivate *priv = get_private (self);

  if (!priv->decoder)
    return;
  gst_ghost_pad_set_target (GST_GHOST_PAD (priv->sink), NULL);
  gst_ghost_pad_set_target (GST_GHOST_PAD (priv->src), NULL);
  gst_element_set_state (priv->decoder, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (self), priv->decoder);
  gst_clear_object (&priv->decoder);
}

static GstStateChangeReturn
gst_protex_dec_change_state (GstElement * element, GstStateChange transition)
{
  GstProtexDec *self = GST_PROTEX_DEC (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY
      && !gst_protex_dec_open (self))
    return GST_STATE_CHANGE_FAILURE;

  ret = GST_ELEMENT_CLASS (gst_protex_dec_parent_class)->change_state (element,
      transition);

  if (transition == GST_STATE_CHANGE_READY_TO_NULL
      || (transition == GST_STATE_CHANGE_NULL_TO_READY
          && ret == GST_STATE_CHANGE_FAILURE))
    gst_protex_dec_close (self);
  return ret;
}

/* ---- caps: the decoder's say nothing of memory --------------------------- */

static GstCaps *
without_features (GstCaps * caps)
{
  GstCaps *ret = gst_caps_copy (caps);
  guint i;

  for (i = 0; i < gst_caps_get_size (ret); i++)
    gst_caps_set_features (ret, i, NULL);
  return ret;
}

static gboolean
gst_protex_dec_sink_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    GstCaps *caps;
    GstEvent *plain;

    gst_event_parse_caps (event, &caps);
    caps = without_features (caps);
    plain = gst_event_new_caps (caps);
    gst_event_set_seqnum (plain, gst_event_get_seqnum (event));
    gst_caps_unref (caps);
    gst_event_unref (event);
    event = plain;
  }
  return gst_pad_event_default (pad, parent, event);
}

/* With the caps that the decoder knows, for as long as it is asked. */
static gboolean
query_allocation (GstPad * pad, GstObject * parent, GstQuery * query)
{
  GstStructure *s = gst_query_writable_structure (query);
  GstCaps *caps, *plain;
  gboolean ret;

  gst_query_parse_allocation (query, &caps, NULL);
  if (!caps)
    return gst_pad_query_default (pad, parent, query);
  gst_caps_ref (caps);
  plain = without_features (caps);
  gst_structure_set (s, "caps", GST_TYPE_CAPS, plain, NULL);
  gst_caps_unref (plain);
  ret = gst_pad_query_default (pad, parent, query);
  gst_structure_set (s, "caps", GST_TYPE_CAPS, caps, NULL);
  gst_caps_unref (caps);
  return ret;
}

static gboolean
gst_protex_dec_sink_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  GstCaps *template, *caps, *filter;
  gboolean ret = TRUE;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CAPS:
      template = gst_pad_get_pad_template_caps (pad);
      gst_query_parse_caps (query, &filter);
      caps = filter ? gst_caps_intersect_full (filter, template,
          GST_CAPS_INTERSECT_FIRST) : gst_caps_ref (template);
      gst_query_set_caps_result (query, caps);
      gst_caps_unref (caps);
      gst_caps_unref (template);
      return ret;
    case GST_QUERY_ACCEPT_CAPS:
      template = gst_pad_get_pad_template_caps (pad);
      gst_query_parse_accept_caps (query, &caps);
      gst_query_set_accept_caps_result (query, gst_caps_is_subset (caps,
              template));
      gst_caps_unref (template);
      return ret;
    case GST_QUERY_ALLOCATION:
      return query_allocation (pad, parent, query);
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

/* ---- class --------------------------------------------------------------- */

static GstCaps *
new_codec_caps (const Codec * codec, const gchar * features)
{
  gchar *text = g_strconcat (codec->media_type, features, codec->fields, NULL);
  GstCaps *caps = gst_caps_from_string (text);

  g_free (text);
  return caps;
}

/* Of a codec's own class */
static void
gst_protex_codec_dec_class_init (gpointer g_class, gpointer data)
{
  const Codec *codec = data;
  GstElementClass *element_class = GST_ELEMENT_CLASS (g_class);
  GstCaps *caps = new_codec_caps (codec, "(memory:DMABuf)");
  gchar *name = g_ascii_strup (codec->name, -1);
  gchar *long_name = g_strdup_printf ("%s decoder in protected memory", name);

  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);
  caps = gst_caps_from_string ("video/x-raw(memory:DMABuf), "
      "format = (string) DMA_DRM; video/x-raw");
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);
  gst_element_class_set_metadata (element_class, long_name,
      "Codec/Decoder/Video/Hardware", "Decodes protected dma-bufs into others "
      "by a V4L2 device that writes to protected memory only",
      "the protex developers");
  GST_PROTEX_DEC_CLASS (g_class)->codec = new_codec_caps (codec, "");
  g_free (long_name);
  g_free (name);
}

static void
gst_protex_dec_class_init (GstProtexDecClass * klass)
{
  GST_ELEMENT_CLASS (klass)->change_state =
      GST_DEBUG_FUNCPTR (gst_protex_dec_change_state);
}

static void
gst_protex_dec_init (GstProtexDec * self)
{
}

/* The templates are those of the codec's class, which there is when an instance
 * of it is made. */
static void
gst_protex_codec_dec_init (GTypeInstance * instance, gpointer g_class)
{
  GstProtexDec *self = GST_PROTEX_DEC (instance);
  GstProtexDecPrivate *priv = get_private (self);
  GstElementClass *element_class = g_class;

  priv->sink = gst_ghost_pad_new_no_target_from_template ("sink",
      gst_element_class_get_pad_template (element_class, "sink"));
  priv->src = gst_ghost_pad_new_no_target_from_template ("src",
      gst_element_class_get_pad_template (element_class, "src"));
  gst_pad_set_event_function (priv->sink,
      GST_DEBUG_FUNCPTR (gst_protex_dec_sink_event));
  gst_pad_set_query_function (priv->sink,
      GST_DEBUG_FUNCPTR (gst_protex_dec_sink_query));
  gst_element_add_pad (GST_ELEMENT (self), priv->sink);
  gst_element_add_pad (GST_ELEMENT (self), priv->src);
}

static GType
codec_type (const Codec * codec)
{
  GTypeInfo info = {
    .class_size = sizeof (GstProtexDecClass),
    .class_init = gst_protex_codec_dec_class_init,
    .class_data = codec,
    .instance_size = sizeof (GstProtexDec),
    .instance_init = gst_protex_codec_dec_init,
  };
  gchar *upper = g_ascii_strup (codec->name, -1);
  gchar *name = g_strdup_printf ("GstProtex%sDec", upper);
  GType type = g_type_from_name (name);

  if (!type)
    type = g_type_register_static (GST_TYPE_PROTEX_DEC, name, &info, 0);
  g_free (name);
  g_free (upper);
  return type;
}

gboolean
gst_protex_dec_register (GstPlugin * plugin)
{
  gboolean ret = TRUE;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (codecs); i++) {
    gchar *name = g_strdup_printf ("protex%sdec", codecs[i].name);

    ret = ret && gst_element_register (plugin, name, GST_RANK_PRIMARY,
        codec_type (&codecs[i]));
    g_free (name);
  }
  return ret;
}
